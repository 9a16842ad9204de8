/// Tokens that are found in the text before anything else looks at it.
struct AddedTokens: Sendable {
  /// One of them, with the flags of tokenizer.json.
  struct Token: Sendable, Equatable {
    var id: Int
    var content: String
    /// Also takes the white space before it.
    var stripsLeft: Bool
    /// Also takes the white space after it.
    var stripsRight: Bool
    /// Found only where no letter or digit touches it.
    var isSingleWord: Bool
    /// Found in what the tokens without this flag have left.
    var isNormalized: Bool
  }

  /// A part of the text: a token's id, or text that is still to be split.
  enum Part: Equatable {
    case token(Int)
    case text(Substring)
  }

  /// The tokens that start with one byte, longest first.
  private typealias Candidates = [UInt8: [(bytes: [UInt8], token: Token)]]

  /// Those without and those with ``Token/isNormalized``; looked for in this order.
  private let passes: [Candidates]

  init(_ tokens: [Token]) {
    passes = [tokens.filter { !$0.isNormalized }, tokens.filter(\.isNormalized)]
      .map(Self.candidates)
  }

  private static func candidates(_ tokens: [Token]) -> Candidates {
    let entries = tokens.filter { !$0.content.isEmpty }.map {
      (bytes: Array($0.content.utf8), token: $0)
    }
    return Dictionary(grouping: entries, by: { $0.bytes[0] })
      .mapValues { $0.sorted { $0.bytes.count > $1.bytes.count } }
  }

  /// Cuts text at the tokens: the leftmost first, the longest of those that start together.
  func split(_ text: String) -> [Part] {
    passes.filter { !$0.isEmpty }.reduce([.text(text[...])]) { parts, candidates in
      parts.flatMap { part in
        guard case .text(let text) = part else { return [part] }
        return split(text, at: candidates)
      }
    }.filter { $0 != .text("") }
  }

  private func split(_ text: Substring, at candidates: Candidates) -> [Part] {
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var textStart = 0
    var position = 0
    func substring(_ range: Range<Int>) -> Substring {
      let utf8 = text.utf8
      let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
      return text[start..<utf8.index(start, offsetBy: range.count)]
    }
    while position < bytes.count {
      guard let found = Self.match(candidates, bytes, at: position) else {
        position += 1
        continue
      }
      // A longest match that does not stand alone is passed over whole, as `tokenizers` does.
      guard
        !found.token.isSingleWord
          || Self.standsAlone(bytes, position..<position + found.bytes.count)
      else {
        position += found.bytes.count
        continue
      }
      var start = position
      var end = position + found.bytes.count
      if found.token.stripsLeft {
        start = textStart + substring(textStart..<start).trimmedUTF8Count(atEnd: true)
      }
      if found.token.stripsRight {
        let rest = substring(end..<bytes.count)
        end = bytes.count - rest.trimmedUTF8Count(atEnd: false)
      }
      if start > textStart { parts.append(.text(substring(textStart..<start))) }
      parts.append(.token(found.token.id))
      textStart = end
      position = end
    }
    if textStart < bytes.count { parts.append(.text(substring(textStart..<bytes.count))) }
    return parts
  }

  private static func match(
    _ candidates: Candidates, _ text: [UInt8], at position: Int
  ) -> (bytes: [UInt8], token: Token)? {
    candidates[text[position]]?.first { text[position...].starts(with: $0.bytes) }
  }

  private static func standsAlone(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    func touchesWord(_ scalar: Unicode.Scalar?) -> Bool { scalar?.isWordCharacter ?? false }
    let before = String(decoding: text[..<range.lowerBound].suffix(4), as: UTF8.self)
    let after = String(decoding: text[range.upperBound...].prefix(4), as: UTF8.self)
    return !touchesWord(before.unicodeScalars.last) && !touchesWord(after.unicodeScalars.first)
  }
}

extension Substring {
  /// How many bytes are left without the white space at one end.
  fileprivate func trimmedUTF8Count(atEnd: Bool) -> Int {
    var scalars = unicodeScalars
    while let edge = atEnd ? scalars.last : scalars.first, edge.properties.isWhitespace {
      if atEnd { scalars.removeLast() } else { scalars.removeFirst() }
    }
    return Substring(scalars).utf8.count
  }
}

extension Unicode.Scalar {
  /// What a regular expression's `\w` matches.
  fileprivate var isWordCharacter: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: properties.isAlphabetic || properties.isJoinControl
    }
  }
}
