/// A shape and a dtype whose sizes have been counted without overflow.
struct CheckedShape {
  let shape: [Int]
  let elementCount: Int
  /// `nil` for an unknown dtype.
  let byteCount: Int?

  /// Counts elements and bytes.
  ///
  /// With `blocksInRows` a block must end with its row, as in GGUF; otherwise only with the tensor.
  init(_ shape: [Int], dtype: DType, blocksInRows: Bool) throws(CheckpointError.Problem) {
    var count = 1
    for size in shape where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .shapeTooLarge(shape: shape) }
      count = product
    }
    if shape.contains(0) { count = 0 }
    self.shape = shape
    elementCount = count
    guard let blockElements = dtype.blockElements else {
      byteCount = nil
      return
    }
    let rowElements = blocksInRows ? shape.last ?? 1 : count
    guard rowElements % blockElements == 0 else {
      throw .partialBlock(
        rowElements: rowElements, blockElements: blockElements, dtype: "\(dtype)")
    }
    guard let byteCount = dtype.byteCount(ofElements: count) else {
      throw .shapeTooLarge(shape: shape)
    }
    self.byteCount = byteCount
  }
}

extension CheckpointError.Problem: Error {}
