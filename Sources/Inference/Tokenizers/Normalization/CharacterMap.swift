/// SentencePiece's table of replacements: a double array of prefixes, and the texts they become.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads a table: the length of the array in bytes, the array, and texts that end in 0.
  ///
  /// - Returns: `nil` if the bytes are none.
  init?(_ blob: [UInt8]) {
    guard blob.count > 4 else { return nil }
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << UInt32(8 * $1) }
    }
    let byteCount = Int(word(0))
    guard byteCount > 0, byteCount % 4 == 0, 4 + byteCount <= blob.count else { return nil }
    units = (0..<byteCount / 4).map { word(4 + 4 * $0) }
    replacements = Array(blob[(4 + byteCount)...])
    guard String(validating: replacements, as: UTF8.self) != nil else { return nil }
  }

  /// Calls a closure for every entry that a text begins with, the shortest first, until it says no.
  @inline(__always)
  private func forEachPrefix(
    _ text: Span<UInt8>, _ start: Int, _ end: Int, _ body: (_ length: Int, _ value: Int) -> Bool
  ) {
    var node = 0
    var unit = units[0]
    node ^= Self.offset(unit)
    for position in start..<end {
      let byte = text[position]
      guard byte != 0 else { return }
      node ^= Int(byte)
      guard node < units.count else { return }
      unit = units[node]
      guard unit & 0x8000_00FF == UInt32(byte) else { return }
      node ^= Self.offset(unit)
      guard node < units.count else { return }
      if unit >> 8 & 1 == 1, !body(position + 1 - start, Int(units[node] & 0x7FFF_FFFF)) { return }
    }
  }

  @inline(__always)
  private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }

  /// What the shortest entry that a part of a text begins with becomes, as a part of
  /// ``replacement(_:)``; `nil` where there is none.
  @inline(__always)
  func shortest(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var found: Int?
    forEachPrefix(text, start, end) { _, value in
      found = value
      return false
    }
    return found
  }

  /// The longest entry that a text begins with at a position.
  @inline(__always)
  func longest(_ text: Span<UInt8>, at start: Int) -> (length: Int, value: Int)? {
    var found: (length: Int, value: Int)?
    forEachPrefix(text, start, text.count) { length, value in
      // An entry of a damaged table may end inside of a scalar.
      if start + length == text.count || text[start + length] & 0xC0 != 0x80 {
        found = (length, value)
      }
      return true
    }
    return found
  }

  /// The text that an entry becomes.
  @inline(__always)
  func append(_ value: Int, to result: inout [UInt8]) {
    var index = value
    // An entry of a damaged table may lead into a scalar.
    guard index < replacements.count, replacements[index] & 0xC0 != 0x80 else { return }
    while index < replacements.count, replacements[index] != 0 {
      result.append(replacements[index])
      index += 1
    }
  }

  /// A text as `tokenizers` rewrites it: clusters of less than six bytes as a whole, others scalar
  /// by scalar, each by the shortest entry that it begins with.
  func rewritten(_ text: [UInt8]) -> [UInt8] {
    let span = text.span
    var result: [UInt8] = []
    result.reserveCapacity(text.count + 16)
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      let next = position + length
      if GraphemeScanner.isSimple(value),
        next == span.count || GraphemeScanner.isSimple(span.scalar(at: next).value)
      {
        append(span, position, next, to: &result)
        position = next
      } else {
        let end = GraphemeScanner.runEnd(span, from: next)
        let run = String(decoding: span.extracting(position..<end).copied, as: UTF8.self)
        for cluster in run {
          append(cluster: position..<position + cluster.utf8.count, of: span, to: &result)
          position += cluster.utf8.count
        }
      }
    }
    return result
  }

  private func append(cluster: Range<Int>, of text: Span<UInt8>, to result: inout [UInt8]) {
    if cluster.count < 6, let value = shortest(text, cluster.lowerBound, cluster.upperBound) {
      append(value, to: &result)
      return
    }
    var position = cluster.lowerBound
    while position < cluster.upperBound {
      let end = position + text.scalar(at: position).length
      append(text, position, end, to: &result)
      position = end
    }
  }

  /// Adds what one scalar becomes.
  @inline(__always)
  private func append(_ text: Span<UInt8>, _ start: Int, _ end: Int, to result: inout [UInt8]) {
    if let value = shortest(text, start, end) {
      append(value, to: &result)
    } else {
      for index in start..<end { result.append(text[index]) }
    }
  }
}
