import Formats
import Foundation

/// Finds out whether two tensors hold the same numbers.
///
/// What comes from one place is equal without a look at it; what is stored alike is compared at the speed
/// of memory. It ends at the first difference.
enum TensorComparison {
  /// Values that are decoded at once.
  private static let step = 1 << 16

  /// Whether tensors of two sources are equal.
  ///
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  static func areEqual(
    _ tensor: TensorInfo, of source: any TensorSource, _ other: TensorInfo,
    of others: any TensorSource
  ) throws -> Bool {
    guard tensor.logicalShape == other.logicalShape else { return false }
    if let origin = source.origin(of: tensor), origin == others.origin(of: other) { return true }
    if tensor.dtype == other.dtype {
      let same: Bool?? = try source.withStoredBytes(of: tensor, order: .logical) { bytes in
        try others.withStoredBytes(of: other, order: .logical) { haveSameBytes(bytes, $0) }
      }
      if let same, let same { return same }
    }
    return try haveSameValues(tensor, of: source, other, of: others)
  }

  private static func haveSameBytes(_ bytes: RawSpan, _ other: RawSpan) -> Bool {
    guard bytes.byteCount == other.byteCount else { return false }
    guard bytes.byteCount > 0 else { return true }
    return unsafe bytes.withUnsafeBytes { first in
      unsafe other.withUnsafeBytes { second in
        guard let first = first.baseAddress, let second = second.baseAddress else {
          return true
        }
        return unsafe memcmp(first, second, bytes.byteCount) == 0
      }
    }
  }

  private static func haveSameValues(
    _ tensor: TensorInfo, of source: any TensorSource, _ other: TensorInfo,
    of others: any TensorSource
  ) throws -> Bool {
    for start in stride(from: 0, to: tensor.elementCount, by: step) {
      let elements = start..<min(start + step, tensor.elementCount)
      let values = try source.values(of: tensor, elements: elements)
      let otherValues = try others.values(of: other, elements: elements)
      guard zip(values, otherValues).allSatisfy({ $0.bitPattern == $1.bitPattern }) else {
        return false
      }
    }
    return true
  }
}
