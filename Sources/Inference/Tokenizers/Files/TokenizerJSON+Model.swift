import Core
import Formats

extension TokenizerJSON {
  /// The model, and the steps that cut text for it.
  func model(_ cuts: [PreTokenizerStep]) throws -> (TokenModel, [PreTokenizerStep]) {
    let type =
      document.model["type"]?.string
      ?? (document.merges != nil
        ? "BPE" : document.tokens?.scores.isEmpty == false ? "Unigram" : nil)
    switch type {
    case "BPE": return try bytePairs(cuts)
    case "Unigram": return (try unigram(), cuts)
    case "WordPiece": return (try wordPiece(), cuts)
    case let type?: throw unsupported("model", "type '\(type)'")
    case nil: throw invalid("model", "has no type")
    }
  }

  // MARK: BPE

  private func bytePairs(
    _ cuts: [PreTokenizerStep]
  ) throws -> (TokenModel, [PreTokenizerStep]) {
    guard document.tokens?.scores.isEmpty == true else {
      throw invalid("model.vocab", "is a list, expected an object")
    }
    if let dropout = document.model["dropout"]?.double, dropout != 0 {
      throw unsupported("model", "'dropout' of \(dropout)")
    }
    let prefix = Array((document.model["continuing_subword_prefix"]?.string ?? "").utf8)
    let merges = try mergedIDs(prefix)
    var options = BytePairModel.Options()
    options.prefix = prefix
    options.suffix = Array((document.model["end_of_word_suffix"]?.string ?? "").utf8)
    options.fusesUnknown = document.model["fuse_unk"]?.bool ?? false
    options.ignoresMerges = document.model["ignore_merges"]?.bool ?? false
    if document.model["byte_fallback"]?.bool == true {
      options.byteTokens = ByteTokens.tokens(in: vocabulary)
    }
    // Words need no spelling in the byte-level alphabet if nothing but the model looks at it.
    if case .spellBytes = cuts.last, prefix.isEmpty, options.suffix.isEmpty,
      options.byteTokens == nil
    {
      let tokens = byteTokens()
      options.unknown = try unknown(isNeeded: tokens.contains(-1))
      let model = BytePairModel(
        vocabulary: options.ignoresMerges ? bytesTable() : TokenTable(),
        merges: PairTable(merges), symbols: .bytes(tokens), options: options)
      return (.bytePairs(model), Array(cuts.dropLast()))
    }
    options.unknown = try unknown(isNeeded: options.byteTokens?.contains(-1) ?? true)
    let model = BytePairModel(
      vocabulary: vocabulary, merges: PairTable(merges), symbols: .scalars, options: options)
    return (.bytePairs(model), cuts + wordBreaks(cuts, options, merges))
  }

  /// The ids of the merges' parts and results.
  private func mergedIDs(
    _ prefix: [UInt8]
  ) throws -> [(left: Int32, right: Int32, result: Int32)] {
    guard let merges = document.merges else { throw invalid("model.merges", "is missing") }
    var joined: [UInt8] = []
    return try merges.enumerated().map { rank, merge in
      func id(_ token: [UInt8]) throws -> Int32 {
        guard let id = vocabulary[token] else {
          throw invalid(
            "model.merges",
            "merge \(rank) needs '\(String(decoding: token, as: UTF8.self))', "
              + "which is not in the vocabulary")
        }
        return id
      }
      joined.removeAll(keepingCapacity: true)
      joined.append(contentsOf: merge.left.utf8)
      let left = try id(joined)
      joined.removeAll(keepingCapacity: true)
      joined.append(contentsOf: merge.right.utf8)
      let right = try id(joined)
      guard joined.count >= prefix.count else {
        throw invalid("model.merges", "merge \(rank) is shorter than 'continuing_subword_prefix'")
      }
      joined = Array(merge.left.utf8) + joined.dropFirst(prefix.count)
      return (left, right, try id(joined))
    }
  }

  /// The token of each byte, -1 for one that the vocabulary lacks.
  private func byteTokens() -> [Int32] {
    (0..<256).map { byte in
      var spelling: [UInt8] = []
      spelling.append(scalar: ByteLevelAlphabet.scalars[byte])
      return vocabulary[spelling] ?? -1
    }
  }

  /// The tokens by the bytes that they stand for.
  private func bytesTable() -> TokenTable {
    var table = TokenTable(minimumCapacity: vocabulary.count)
    vocabulary.forEach { token, id in
      if let bytes = ByteLevelAlphabet.bytes(of: token) { table.set(bytes.span, id) }
    }
    return table
  }

  private func unknown(isNeeded: Bool) throws -> Int32? {
    guard let text = document.model["unk_token"]?.string else { return nil }
    let id = vocabulary[Array(text.utf8)]
    guard id != nil || !isNeeded else {
      throw invalid("model.unk_token", "'\(text)' is not in the vocabulary")
    }
    return id
  }

  /// The step that cuts text of several words into words, where no token crosses their borders.
  ///
  /// Then words are merged by themselves with the same result, and each only once.
  private func wordBreaks(
    _ cuts: [PreTokenizerStep], _ options: BytePairModel.Options,
    _ merges: [(left: Int32, right: Int32, result: Int32)]
  ) -> [PreTokenizerStep] {
    let mark = SentencePieceNormalizer.spaceMark
    guard !options.ignoresMerges, options.prefix.isEmpty, options.suffix.isEmpty,
      vocabulary[mark] != nil
    else { return [] }
    for merge in merges {
      guard let token = spellings[Int(merge.result)] else { return [] }
      if WordBorders.isCrossed(by: token, mark) { return [] }
    }
    return [.beforeMark(mark)]
  }

  // MARK: Unigram

  private func unigram() throws -> TokenModel {
    guard let tokens = document.tokens, !tokens.scores.isEmpty else {
      throw invalid("model.vocab", "is not a list of tokens and scores")
    }
    guard let unknown = document.model["unk_id"]?.int else {
      throw invalid("model.unk_id", "is missing, and unknown characters need it")
    }
    guard (0..<tokens.count).contains(unknown) else {
      throw invalid("model.unk_id", "\(unknown) is not in the vocabulary of \(tokens.count)")
    }
    let pieces = (0..<tokens.count).map {
      UnigramModel.Piece(bytes: Array(tokens.bytes[tokens.range($0)]), score: tokens.scores[$0])
    }
    let fallsBack = document.model["byte_fallback"]?.bool ?? false
    return .unigram(
      UnigramModel(
        pieces: pieces, unknown: unknown,
        byteTokens: fallsBack ? ByteTokens.tokens(in: vocabulary) : nil))
  }

  // MARK: WordPiece

  private func wordPiece() throws -> TokenModel {
    guard document.tokens?.scores.isEmpty == true else {
      throw invalid("model.vocab", "is a list, expected an object")
    }
    let text = document.model["unk_token"]?.string ?? "[UNK]"
    guard let unknown = vocabulary[Array(text.utf8)] else {
      throw invalid("model.unk_token", "'\(text)' is not in the vocabulary")
    }
    return .wordPiece(
      WordPieceModel(
        vocabulary: vocabulary, unknown: unknown,
        prefix: Array((document.model["continuing_subword_prefix"]?.string ?? "##").utf8),
        longestWord: document.model["max_input_chars_per_word"]?.int ?? 100))
  }
}

/// Where words of SentencePiece's kind begin: at a mark that follows something else.
enum WordBorders {
  /// Whether a token has such a border inside.
  static func isCrossed(by token: [UInt8], _ mark: [UInt8]) -> Bool {
    let span = token.span
    var position = 0
    var isAfterMark = true
    while position < span.count {
      if span.hasBytes(mark, at: position) {
        if !isAfterMark { return true }
        isAfterMark = true
        position += mark.count
      } else {
        isAfterMark = false
        position += 1
      }
    }
    return false
  }
}
