import Formats

/// One way of turning tokens into text; steps are applied one after the other.
enum DecoderStep: Sendable {
  /// Reads the byte-level alphabet; all tokens become one.
  case byteLevel
  /// Writes the mark as a space, and leaves it out of the first token.
  case metaspace(mark: [UInt8], dropsFirst: Bool)
  /// Reads tokens like `<0x0A>`, a run of which is text where it is UTF-8.
  case byteFallback
  /// Makes one token of all.
  case fuse
  case replace(SplitPattern, with: [UInt8])
  /// Removes up to so many of one scalar at the ends of each token.
  case strip([UInt8], start: Int, stop: Int)
  /// Joins pieces that begin with a prefix to the piece before; others stand after a space.
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  /// Writes the end of each word but the last as a space.
  case wordEnds([UInt8])
  /// All that `sentencepiece` does.
  case sentencePiece(SentencePieceDecoder)

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// Applies the step.
  func apply(to tokens: inout [[UInt8]]) {
    switch self {
    case .byteLevel:
      let bytes = tokens.flatMap { ByteLevelAlphabet.bytes(of: $0.span) ?? $0 }
      tokens = [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .metaspace(let mark, let dropsFirst):
      for index in tokens.indices {
        let space: [UInt8] = index == 0 && dropsFirst ? [] : [UInt8(ascii: " ")]
        tokens[index] = Self.replaced(tokens[index], SplitPattern(literal: mark), space)
      }
    case .byteFallback: tokens = Self.readBytes(tokens)
    case .fuse: tokens = [Array(tokens.joined())]
    case .replace(let pattern, let text):
      for index in tokens.indices { tokens[index] = Self.replaced(tokens[index], pattern, text) }
    case .strip(let scalar, let start, let stop):
      for index in tokens.indices { Self.strip(&tokens[index], scalar, start, stop) }
    case .wordPiece(let prefix, let cleansUp):
      Self.joinPieces(&tokens, prefix)
      if cleansUp { for index in tokens.indices { Self.cleanUp(&tokens[index]) } }
    case .sentencePiece(let decoder): tokens = [decoder.text(of: tokens)]
    case .wordEnds(let suffix):
      for index in tokens.indices {
        let space: [UInt8] = index == tokens.count - 1 ? [] : [UInt8(ascii: " ")]
        tokens[index] = Self.replaced(tokens[index], SplitPattern(literal: suffix), space)
      }
    }
  }

  private static func replaced(
    _ token: [UInt8], _ pattern: SplitPattern, _ text: [UInt8]
  ) -> [UInt8] {
    guard !token.isEmpty else { return token }
    return pattern.matches(token.span, in: 0..<token.count).flatMap { range, isMatch in
      isMatch ? text : Array(token[range])
    }
  }

  private static func readBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      let isText = String(validating: bytes, as: UTF8.self) != nil
      result.append(isText ? bytes : Array(repeatElement(replacement, count: bytes.count).joined()))
      bytes = []
    }
    for token in tokens {
      if let byte = ByteTokens.byte(of: token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static func strip(_ token: inout [UInt8], _ scalar: [UInt8], _ start: Int, _ stop: Int) {
    guard !scalar.isEmpty else { return }
    var range = 0..<token.count
    for _ in 0..<min(start, token.count) where range.count >= scalar.count {
      guard token[range].starts(with: scalar) else { break }
      range = range.lowerBound + scalar.count..<range.upperBound
    }
    for _ in 0..<min(stop, token.count) where range.count >= scalar.count {
      guard token[range].suffix(scalar.count).elementsEqual(scalar) else { break }
      range = range.lowerBound..<range.upperBound - scalar.count
    }
    token = Array(token[range])
  }

  private static func joinPieces(_ tokens: inout [[UInt8]], _ prefix: [UInt8]) {
    for index in tokens.indices.dropFirst() {
      if tokens[index].starts(with: prefix) {
        tokens[index].removeFirst(prefix.count)
      } else {
        tokens[index].insert(UInt8(ascii: " "), at: 0)
      }
    }
  }

  /// The spaces that English does not write, in the order in which they are removed.
  private static let cleanedUp: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  private static func cleanUp(_ token: inout [UInt8]) {
    for (spaced, written) in cleanedUp {
      token = replaced(token, SplitPattern(literal: Array(spaced.utf8)), Array(written.utf8))
    }
  }
}
