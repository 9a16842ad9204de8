import CXXHash

/// The 128 bits that stand for some content.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The upper half.
  public var high: UInt64
  /// The lower half.
  public var low: UInt64

  /// Creates a hash from its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits, as `xxhsum -H2` prints them.
  public var description: String { Self.digits(high) + Self.digits(low) }

  /// Whether one hash is the smaller number.
  public static func < (left: ContentHash, right: ContentHash) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  private static func digits(_ half: UInt64) -> String {
    let text = String(half, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

/// Computes XXH3-128 over bytes that come piece by piece.
///
/// The hash tells content apart; it is no defence against someone who makes two files collide.
@safe
public struct ContentHasher: ~Copyable {
  private let state: OpaquePointer

  /// Creates a hasher that has seen nothing.
  public init() {
    guard let created = unsafe XXH3_createState() else { preconditionFailure("out of memory") }
    unsafe state = created
    _ = unsafe XXH3_128bits_reset(state)
  }

  deinit { _ = unsafe XXH3_freeState(state) }

  /// Adds bytes.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe XXH3_128bits_update(state, buffer.baseAddress, buffer.count)
    }
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) { unsafe update(bytes.span.bytes) }

  /// Adds numbers as they lie in memory.
  public mutating func update(_ values: Span<Float>) { unsafe update(values.bytes) }

  /// Adds a number as eight bytes, the lowest first.
  public mutating func update(_ number: Int) {
    unsafe withUnsafeBytes(of: Int64(number).littleEndian) { buffer in
      unsafe update(buffer.bytes)
    }
  }

  /// The hash of what has been added so far.
  public var hash: ContentHash {
    let digest = unsafe XXH3_128bits_digest(state)
    return ContentHash(high: digest.high64, low: digest.low64)
  }
}
