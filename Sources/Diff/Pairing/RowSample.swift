import Formats

/// Some rows of a tensor, spread over it.
struct RowSample {
  private let runs: [Range<Int>]

  /// Chooses rows; `nil` for a tensor without values.
  ///
  /// - Parameters:
  ///   - tensor: The tensor.
  ///   - rowLimit: About how many rows are chosen.
  ///   - columnLimit: How many values of each at most, from its beginning.
  init?(_ tensor: TensorInfo, rowLimit: Int = 64, columnLimit: Int = 4096) {
    let shape = tensor.logicalShape
    guard let rowCount = shape.first, tensor.elementCount > 0 else { return nil }
    let columns = tensor.elementCount / rowCount
    let step = max(1, rowCount / rowLimit)
    // Neighbours, so that the sample is not of one place in all heads: an odd step has them all.
    let oddStep = step | 1
    runs = stride(from: 0, to: rowCount, by: oddStep).map { row in
      (row * columns)..<(row * columns + min(columns, columnLimit))
    }
  }

  /// The sample's values of a tensor of the same shape.
  func values(of tensor: TensorInfo, in source: any TensorSource) throws -> [Float] {
    var values: [Float] = []
    for run in runs { values += try source.values(of: tensor, elements: run) }
    return values
  }

  /// Whether two tensors of one checkpoint have one shape, and the same values in the sample.
  func isSame(in tensor: TensorInfo, and other: TensorInfo, of source: any TensorSource) -> Bool {
    guard tensor.logicalShape == other.logicalShape, let own = try? values(of: tensor, in: source),
      let copy = try? values(of: other, in: source)
    else { return false }
    return own == copy
  }
}
