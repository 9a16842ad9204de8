/// The bytes of each token, by id.
struct TokenSpellings: Sendable {
  /// The largest number of ids: an id beyond it is a damaged file.
  static let limit = 1 << 22

  private var bytes: [UInt8] = []
  /// Where each token's bytes are; `nil` for an id that no token has.
  private var ranges: [Range<Int>?] = []

  /// One more than the largest id.
  var count: Int { ranges.count }

  /// The bytes of a token, or `nil` for an id that no token has.
  subscript(id: Int) -> [UInt8]? {
    guard ranges.indices.contains(id), let range = ranges[id] else { return nil }
    return Array(bytes[range])
  }

  /// Sets the bytes of a token; the id must be below ``limit``.
  mutating func set(_ id: Int, _ spelling: Span<UInt8>) {
    if id >= ranges.count {
      ranges.append(contentsOf: repeatElement(nil, count: id + 1 - ranges.count))
    }
    ranges[id] = bytes.count..<bytes.count + spelling.count
    bytes.append(contentsOf: spelling)
  }

  /// Calls a closure with each id and its token's bytes, in the order of the ids.
  func forEach(_ body: (_ id: Int, _ spelling: Span<UInt8>) throws -> Void) rethrows {
    for (id, range) in ranges.enumerated() {
      if let range { try body(id, bytes.span.extracting(range)) }
    }
  }
}
