import Core

extension Checkpoint {
  /// Gives up the memory of the stored bytes of elements that have been read; read again, they come
  /// from the file again.
  public func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    guard let range = tensor.byteRange(of: elements) else { return }
    files[tensor.shardIndex].discard(range)
  }
}

extension TensorInfo {
  /// Where the file holds the blocks of some elements, as if rows were in their logical order.
  ///
  /// An order of rows moves them among neighbours. `nil` where elements of a range lie far apart, and
  /// for packed data.
  fileprivate func byteRange(of elements: Range<Int>) -> Range<Int>? {
    guard strides == nil, packed == nil, !layout.isTransposed, !elements.isEmpty,
      let blockElements = dtype.blockElements, let blockBytes = dtype.blockBytes
    else { return nil }
    let first = elements.lowerBound / blockElements * blockBytes
    let end = (elements.upperBound + blockElements - 1) / blockElements * blockBytes
    guard end <= byteCount else { return nil }
    return (fileOffset + first)..<(fileOffset + end)
  }
}
