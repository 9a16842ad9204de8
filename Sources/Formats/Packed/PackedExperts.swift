/// The stacked experts of gpt-oss: FP4 blocks [experts, outputs, groups, 16] that are read as
/// [experts, inputs, outputs].
struct PackedExperts: Sendable {
  var blocks: StoredTensor
  var scales: StoredTensor
  var outputs: Int
  var groupCount: Int
  /// What each code stands for, twice over.
  var table = FloatTables.doubledE2M1

  private var inputs: Int { groupCount * 32 }

  /// Decodes elements of the flattened tensor.
  func decode(_ elements: Range<Int>, into output: inout MutableSpan<Float>) {
    var start = elements.lowerBound
    while start < elements.upperBound {
      let (row, column) = start.quotientAndRemainder(dividingBy: outputs)
      let (expert, input) = row.quotientAndRemainder(dividingBy: inputs)
      let wholeRows = (elements.upperBound - start) / outputs
      let position = start - elements.lowerBound
      if column > 0 || wholeRows == 0 {
        let end = min(outputs, column + elements.upperBound - start)
        decode(expert, input..<(input + 1), column..<end, into: &output, at: position)
        start += end - column
      } else {
        // A block of 32 inputs is read at once.
        let end = min(input + wholeRows, (input / 32 + 1) * 32)
        decode(expert, input..<end, 0..<outputs, into: &output, at: position)
        start += (end - input) * outputs
      }
    }
  }

  private func decode(
    _ expert: Int, _ inputs: Range<Int>, _ columns: Range<Int>,
    into output: inout MutableSpan<Float>, at position: Int
  ) {
    let count = outputs * groupCount
    blocks.withBytes { blockBytes in
      scales.withBytes { scaleBytes in
        PackedKernel.unpackTransposed(
          table, blocks: blockBytes.extracting(expert * count * 16..<(expert + 1) * count * 16),
          scales: scaleBytes.extracting(expert * count..<(expert + 1) * count), groups: groupCount,
          inputs: inputs, outputs: columns, into: &output, at: position, stride: outputs)
      }
    }
  }
}
