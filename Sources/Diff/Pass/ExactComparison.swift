import Formats

/// Counts equal elements of two tensors where the floats that drift is summed over are rounded.
struct ExactComparison {
  private let base: Side
  private let other: Side

  /// A comparison of two tensors; `nil` where the floats that were compared hold the values of both.
  init?(
    base: any TensorSource, _ baseTensor: TensorInfo, other: any TensorSource,
    _ otherTensor: TensorInfo
  ) throws {
    self.base = Side(source: base, tensor: baseTensor)
    self.other = Side(source: other, tensor: otherTensor)
    if try self.base.isHeldByFloats(), try self.other.isHeldByFloats() { return nil }
  }

  /// How many elements are the same: bit for bit where both are stored alike, else as values.
  ///
  /// None are known to be where a source does not show what it stores.
  func identicalCount(in elements: Range<Int>) throws -> Int {
    if base.tensor.dtype == other.tensor.dtype {
      guard let base = try base.bits(of: elements), let other = try other.bits(of: elements) else {
        return 0
      }
      return zip(base, other).count { $0 == $1 }
    }
    guard let base = try base.numbers(of: elements), let other = try other.numbers(of: elements)
    else { return 0 }
    return zip(base, other).count { $0 == $1 }
  }
}

/// One of the two tensors.
private struct Side {
  let source: any TensorSource
  let tensor: TensorInfo

  /// Whether the floats that the pass compares are the values with nothing rounded off: of 32 bits,
  /// or of 64 where the source shows what it stores.
  func isHeldByFloats() throws -> Bool {
    guard tensor.dtype.exceedsFloat else { return true }
    let first = 0..<min(1, tensor.elementCount)
    return try !tensor.dtype.exceedsDouble && !tensor.isScaled
      && source.storedBytes(of: tensor, elements: first) != nil
  }

  /// What stores each element; `nil` where the source does not show it.
  func bits(of elements: Range<Int>) throws -> [UInt64]? {
    guard let bytes = try source.storedBytes(of: tensor, elements: elements) else { return nil }
    let size = tensor.dtype.blockBytes ?? 1
    return stride(from: 0, to: bytes.count, by: size).map { start in
      (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }
  }

  /// The elements' values; `nil` where the source does not show them unrounded.
  func numbers(of elements: Range<Int>) throws -> [ExactNumber]? {
    guard tensor.dtype.exceedsFloat else {
      return try source.values(of: tensor, elements: elements).map { .double(Double($0)) }
    }
    return try bits(of: elements)?.compactMap { ExactNumber(bits: $0, of: tensor.dtype) }
  }
}
