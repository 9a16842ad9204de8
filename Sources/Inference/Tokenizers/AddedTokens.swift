/// Tokens that are found in the text before anything else looks at it.
struct AddedTokens: Sendable {
  /// One of them, with the flags of tokenizer.json.
  struct Token: Sendable {
    var id: Int
    var content: [UInt8]
    /// Also takes the white space before it.
    var stripsLeft = false
    /// Also takes the white space after it.
    var stripsRight = false
    /// Found only where no letter or digit touches it.
    var isSingleWord = false
    /// Found in what the tokens without this flag have left, after it was normalized.
    var isNormalized = false
    /// Left out of decoded text where that is asked for.
    var isSpecial = false
  }

  /// A part of the text: a token's id, or where text is that is still to be split.
  enum Part: Equatable {
    case token(Int32)
    case text(Range<Int>)
  }

  /// Tokens that are looked for in one go.
  private struct Search: Sendable {
    let tokens: [Token]
    /// What is looked for, token by token.
    let contents: [[UInt8]]
    let trie: TokenTrie
    /// For each byte whether a token begins with it.
    let starts: [Bool]

    init(_ tokens: [Token], spelled: (Token) -> [UInt8]) {
      self.tokens = tokens
      contents = tokens.map(spelled)
      let entries = contents.enumerated().map { (bytes: $1, value: Int32($0)) }
      trie = TokenTrie(entries)
      var starts = [Bool](repeating: false, count: 256)
      for entry in entries { if let first = entry.bytes.first { starts[Int(first)] = true } }
      self.starts = starts
    }
  }

  /// All of them.
  let tokens: [Token]
  private let plain: Search
  private let normalized: Search

  /// Creates the tokens.
  ///
  /// - Parameters:
  ///   - tokens: The tokens; of two with one id the later counts.
  ///   - normalize: What is done to the text before normalized tokens are looked for.
  init(_ tokens: [Token], normalize: (inout [UInt8]) -> Void) {
    var byID: [Int: Token] = [:]
    for token in tokens where !token.content.isEmpty { byID[token.id] = token }
    self.tokens = byID.values.sorted { $0.id < $1.id }
    plain = Search(self.tokens.filter { !$0.isNormalized }, spelled: \.content)
    normalized = Search(self.tokens.filter(\.isNormalized)) { token in
      var content = token.content
      normalize(&content)
      return content
    }
  }

  /// What the normalized tokens look like in the text, by id.
  var normalizedContents: [Int: [UInt8]] {
    Dictionary(zip(normalized.tokens.map(\.id), normalized.contents)) { $1 }
  }

  /// Cuts text at the tokens that are not normalized.
  func split(_ text: Span<UInt8>) -> [Part] { Self.split(text, plain) }

  /// Cuts normalized text at the tokens that are normalized.
  func splitNormalized(_ text: Span<UInt8>) -> [Part] { Self.split(text, normalized) }

  /// Finds the leftmost token, of several the longest, again and again.
  private static func split(_ text: Span<UInt8>, _ search: Search) -> [Part] {
    guard !search.tokens.isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var parts: [Part] = []
    var textStart = 0
    var position = 0
    while position < text.count {
      guard search.starts[Int(text[position])],
        let found = search.trie.longestMatch(in: text, at: position)
      else {
        position += 1
        continue
      }
      let token = search.tokens[Int(found.value)]
      var start = position
      var end = position + found.length
      position = end
      // One that does not stand alone is passed over whole, as `tokenizers` does.
      if token.isSingleWord, !standsAlone(text, start..<end) { continue }
      if token.stripsLeft {
        while start > textStart {
          let (value, length) = text.scalar(before: start)
          guard ScalarTable.shared[value].isWhitespace else { break }
          start -= length
        }
      }
      if token.stripsRight {
        while end < text.count {
          let (value, length) = text.scalar(at: end)
          guard ScalarTable.shared[value].isWhitespace else { break }
          end += length
        }
      }
      if start > textStart { parts.append(.text(textStart..<start)) }
      parts.append(.token(Int32(token.id)))
      textStart = end
    }
    if textStart < text.count { parts.append(.text(textStart..<text.count)) }
    return parts
  }

  private static func standsAlone(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    func isWord(_ value: UInt32) -> Bool { ScalarTable.shared[value].isPlainWord }
    return !(range.lowerBound > 0 && isWord(text.scalar(before: range.lowerBound).value))
      && !(range.upperBound < text.count && isWord(text.scalar(at: range.upperBound).value))
  }
}
