/// What `sentencepiece` does to text before it looks for tokens.
struct SentencePieceNormalizer: Sendable {
  /// The mark that spaces are written as, U+2581.
  static let spaceMark: [UInt8] = [0xE2, 0x96, 0x81]
  private static let space = UInt8(ascii: " ")

  /// The replacements; `nil` for none.
  var characterMap: CharacterMap?
  /// Symbols that no replacement touches.
  var userDefined: TokenTrie?
  /// Whether a space is put before the text, or after it.
  var addsDummyPrefix = true
  /// Whether spaces at the ends are removed, and all but one between words.
  var removesExtraSpaces = true
  /// Whether spaces are written as the mark.
  var escapesSpaces = true
  /// Whether the added space stands at the end.
  var treatsSpaceAsSuffix = false

  /// The text as tokens are looked for in it.
  func normalized(_ text: [UInt8]) -> [UInt8] {
    let span = text.span
    var position = 0
    var piece: [UInt8] = []
    while removesExtraSpaces, position < span.count {
      piece.removeAll(keepingCapacity: true)
      let length = appendPrefix(of: span, at: position, to: &piece)
      guard piece == [Self.space] else { break }
      position += length
    }
    guard position < span.count else { return [] }
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4 + 8)
    if addsDummyPrefix, !treatsSpaceAsSuffix { appendSpace(to: &result) }
    var isAfterSpace = removesExtraSpaces
    while position < span.count {
      piece.removeAll(keepingCapacity: true)
      position += appendPrefix(of: span, at: position, to: &piece)
      var start = 0
      while isAfterSpace, start < piece.count, piece[start] == Self.space { start += 1 }
      guard start < piece.count else { continue }
      for byte in piece[start...] {
        if byte == Self.space { appendSpace(to: &result) } else { result.append(byte) }
      }
      isAfterSpace = removesExtraSpaces && piece.last == Self.space
    }
    if removesExtraSpaces { removeTrailingSpaces(&result) }
    if addsDummyPrefix, treatsSpaceAsSuffix { appendSpace(to: &result) }
    return result
  }

  private func appendSpace(to result: inout [UInt8]) {
    if escapesSpaces { result += Self.spaceMark } else { result.append(Self.space) }
  }

  private func removeTrailingSpaces(_ result: inout [UInt8]) {
    let space = escapesSpaces ? Self.spaceMark : [Self.space]
    while result.suffix(space.count) == space[...] { result.removeLast(space.count) }
  }

  /// Adds what the text becomes at a position; returns how many bytes of it that stands for.
  @inline(__always)
  private func appendPrefix(
    of text: Span<UInt8>, at position: Int, to piece: inout [UInt8]
  ) -> Int {
    if let found = userDefined?.longestMatch(in: text, at: position) {
      for index in position..<position + found.length { piece.append(text[index]) }
      return found.length
    }
    if let characterMap, let found = characterMap.longest(text, at: position) {
      characterMap.append(found.value, to: &piece)
      return found.length
    }
    let length = text.scalar(at: position).length
    for index in position..<position + length { piece.append(text[index]) }
    return length
  }
}
