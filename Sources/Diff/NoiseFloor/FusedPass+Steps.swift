import Formats

extension FusedPass {
  /// Adds the steps of what the kernels do not know them of: blocks with scales, packed weights,
  /// and values that are stored with an offset.
  func addSteps(
    _ elements: Range<Int>, of work: TensorWork, to sums: inout TensorSums
  ) throws {
    for (index, pair) in work.pairs.enumerated() {
      let compared = elements.clamped(to: 0..<pair.elementCount)
      for (place, squares) in [
        (pair.base, \DeltaSums.baseStepSquares), (pair.other, \.otherStepSquares),
      ] {
        guard let tensor = work.tensors[place] else { continue }
        try addSteps(
          of: tensor, in: sources[place], compared, to: squares, &sums.pairs[index].delta)
      }
    }
  }

  private func addSteps(
    of tensor: TensorInfo, in source: any TensorSource, _ elements: Range<Int>,
    to squares: WritableKeyPath<DeltaSums, Double?>, _ sums: inout DeltaSums
  ) throws {
    // What is computed looks like a float to the kernels: no element is asked whether it is.
    let asked = sums[keyPath: squares] == nil ? elements : 0..<0
    switch try source.roundingSteps(of: tensor, elements: asked) {
    case .squares(let sum): sums[keyPath: squares] = sums[keyPath: squares] ?? sum
    case .unknown(let reason):
      sums[keyPath: squares] = nil
      sums.reasonWithoutSteps = sums.reasonWithoutSteps ?? reason
    }
  }
}
