/// Byte-pair encoding: joins neighbouring symbols in the order of the learned merges.
struct BytePairModel: Sendable {
  /// What a word is cut into before it is merged.
  enum Symbols: Sendable {
    /// Bytes, each with its token or -1: words are not spelled in the byte-level alphabet.
    case bytes([Int32])
    /// Scalars, found in the vocabulary.
    case scalars
  }

  /// What the model does beside merging.
  struct Options: Sendable {
    /// The token for what the vocabulary lacks; such symbols are dropped where there is none.
    var unknown: Int32?
    /// Whether neighbouring unknown symbols make one token.
    var fusesUnknown = false
    /// The tokens of bytes (-1 for none), which stand for unknown symbols; `nil` where they do not.
    var byteTokens: [Int32]?
    /// Whether a word that is a token is taken whole.
    var ignoresMerges = false
    /// Stands before every symbol but a word's first.
    var prefix: [UInt8] = []
    /// Stands after a word's last symbol.
    var suffix: [UInt8] = []
  }

  /// The tokens, in the form that words have.
  private let vocabulary: TokenTable
  private let merges: PairTable
  private let symbols: Symbols
  private let options: Options
  private let asciiTokens: [Int32]

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - vocabulary: The id of each token, spelled as words are.
  ///   - merges: For each merge, in order of rank, the ids of its two parts and of the result.
  ///   - symbols: What words are cut into.
  ///   - options: What else the model does.
  init(
    vocabulary: TokenTable, merges: PairTable, symbols: Symbols, options: Options = Options()
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.symbols = symbols
    self.options = options
    asciiTokens = (0..<128).map { vocabulary[[UInt8($0)]] ?? -1 }
  }

  /// Adds the tokens of a word, which is not empty.
  func append(_ word: Span<UInt8>, to ids: inout [Int32], _ merging: inout SymbolMerging) {
    if options.ignoresMerges, let id = vocabulary[word] {
      ids.append(id)
      return
    }
    merging.removeAll()
    switch symbols {
    case .bytes(let tokens): addBytes(of: word, tokens, &merging)
    case .scalars: addScalars(of: word, &merging)
    }
    merging.merge(merges)
    merging.append(to: &ids)
  }

  private func addBytes(of word: Span<UInt8>, _ tokens: [Int32], _ merging: inout SymbolMerging) {
    var wasUnknown = false
    for index in word.indices {
      let token = tokens[Int(word[index])]
      if token >= 0 {
        merging.add(token)
        wasUnknown = false
      } else if let unknown = options.unknown {
        if !(wasUnknown && options.fusesUnknown) { merging.add(unknown) }
        wasUnknown = true
      }
    }
  }

  private func addScalars(of word: Span<UInt8>, _ merging: inout SymbolMerging) {
    // An unknown symbol is added only once a known one follows: bytes overtake it, as in `tokenizers`.
    var pendingUnknown: Int32?
    var position = 0
    while position < word.count {
      let length = word.scalar(at: position).length
      let end = position + length
      let token = token(word, position..<end)
      if let token {
        if let unknown = pendingUnknown { merging.add(unknown) }
        pendingUnknown = nil
        merging.add(token)
      } else if !addByteTokens(of: spelled(word, position..<end), &merging),
        let unknown = options.unknown
      {
        if let pending = pendingUnknown, !options.fusesUnknown { merging.add(pending) }
        pendingUnknown = unknown
      }
      position = end
    }
    if let unknown = pendingUnknown { merging.add(unknown) }
  }

  private func token(_ word: Span<UInt8>, _ range: Range<Int>) -> Int32? {
    if options.prefix.isEmpty, options.suffix.isEmpty {
      guard word[range.lowerBound] >= 0x80 else {
        let token = asciiTokens[Int(word[range.lowerBound])]
        return token < 0 ? nil : token
      }
      return vocabulary[word.extracting(range)]
    }
    return vocabulary[spelled(word, range)]
  }

  /// A symbol as the vocabulary spells it at its place in the word.
  private func spelled(_ word: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    (range.lowerBound > 0 ? options.prefix : []) + word.extracting(range).copied
      + (range.upperBound == word.count ? options.suffix : [])
  }

  private func addByteTokens(of symbol: [UInt8], _ merging: inout SymbolMerging) -> Bool {
    guard let tokens = options.byteTokens, symbol.allSatisfy({ tokens[Int($0)] >= 0 }) else {
      return false
    }
    for byte in symbol { merging.add(tokens[Int(byte)]) }
    return true
  }
}
