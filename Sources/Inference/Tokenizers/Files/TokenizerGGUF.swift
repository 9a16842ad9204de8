import Core
import Formats

/// Reads the tokenizer that a GGUF file carries into a pipeline.
struct TokenizerGGUF {
  private let checkpoint: Checkpoint
  private let path: String
  private let model: String
  private let tokens: [[UInt8]]
  /// The kind of each token; `nil` where the file does not say.
  private let kinds: [SentencePieces.Kind]?

  /// Reads what all kinds of tokenizers have.
  ///
  /// - Throws: `InputError` if there is none, or if its lists do not fit; `CheckpointError` for
  ///   lists of another type.
  init(_ checkpoint: Checkpoint) throws {
    self.checkpoint = checkpoint
    path = checkpoint.path
    guard let model = checkpoint.metadata[Self.key("model")]?.string else {
      throw InputError(path: path, "has no tokenizer ('\(Self.key("model"))' is missing)")
    }
    self.model = model
    guard let tokens = try checkpoint.metadataArray(Self.key("tokens"))?.byteStrings() else {
      throw InputError(path: path, "has no tokenizer ('\(Self.key("tokens"))' is missing)")
    }
    guard tokens.count <= TokenSpellings.limit else {
      throw InputError(
        path: path, place: "key '\(Self.key("tokens"))'",
        "has \(tokens.count) tokens, expected up to \(TokenSpellings.limit)")
    }
    self.tokens = tokens
    let types = try checkpoint.metadataArray(Self.key("token_type"))?.integers()
    try Self.requireCount(types?.count, "token_type", tokens.count, path)
    kinds = types?.map { SentencePieces.Kind(rawValue: $0) ?? .normal }
  }

  /// The tokenizer.
  func pipeline() throws -> TokenizerPipeline {
    switch model {
    case "gpt2": try bytePairs()
    case "llama": try sentencePieces()
    case "t5": try unigram()
    case "bert": try wordPiece()
    default:
      throw InputError(
        path: path, place: "key '\(Self.key("model"))'", "'\(model)' is not supported")
    }
  }

  private static func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }

  private static func requireCount(
    _ count: Int?, _ name: String, _ expected: Int, _ path: String
  ) throws {
    guard let count, count != expected else { return }
    throw InputError(
      path: path, place: "key '\(key(name))'",
      "has \(count) elements, '\(key("tokens"))' has \(expected)")
  }

  // MARK: Kinds of tokenizers

  private func bytePairs() throws -> TokenizerPipeline {
    let name = checkpoint.metadata[Self.key("pre")]?.string
    guard let words = GGUFWords(named: name ?? "default") else {
      throw InputError(
        path: path, place: "key '\(Self.key("pre"))'", "'\(name ?? "")' is not supported")
    }
    let cuts = try words.expressions.map { expression -> PreTokenizerStep in
      guard let pattern = SplitPattern(expression: expression) else {
        throw InputError(path: path, "the expression '\(expression)' is not supported")
      }
      return .split(pattern, .isolated, isInverted: false)
    }
    var pipeline = pipeline(
      model: .bytePairs(try bytePairModel(words)), decoder: [.byteLevel],
      normalizer: words.composes ? [.form(.canonicalComposition)] : [])
    pipeline.preTokenizer = cuts
    if name == nil {
      pipeline.warnings.append(
        "\(path): has no '\(Self.key("pre"))', so text is cut in a way that may not be the model's")
    }
    try addSpecialTokens(to: &pipeline, begin: nil, end: nil, addsBegin: words.addsBegin)
    return pipeline
  }

  private func bytePairModel(_ words: GGUFWords) throws -> BytePairModel {
    let vocabulary = table(tokens)
    guard let list = try checkpoint.metadataArray(Self.key("merges"))?.byteStrings() else {
      throw InputError(path: path, "key '\(Self.key("merges"))' is missing")
    }
    let merges = try list.enumerated().map { rank, merge in
      try ids(of: merge, rank: rank, vocabulary)
    }
    var bytesTable = TokenTable(minimumCapacity: words.ignoresMerges ? tokens.count : 0)
    if words.ignoresMerges {
      for (id, token) in tokens.enumerated() where String(validating: token, as: UTF8.self) != nil {
        if let bytes = ByteLevelAlphabet.bytes(of: token.span) {
          bytesTable.set(bytes.span, Int32(id))
        }
      }
    }
    let bytes = (0..<256).map { byte in
      var spelling: [UInt8] = []
      spelling.append(scalar: ByteLevelAlphabet.scalars[byte])
      return vocabulary[spelling] ?? -1
    }
    return BytePairModel(
      vocabulary: bytesTable, merges: PairTable(merges), symbols: .bytes(bytes),
      options: .init(ignoresMerges: words.ignoresMerges))
  }

  private func ids(
    of merge: [UInt8], rank: Int, _ vocabulary: TokenTable
  ) throws -> (left: Int32, right: Int32, result: Int32) {
    // A space may be part of the first token; the second has none at its start.
    guard let space = merge.dropFirst().firstIndex(of: UInt8(ascii: " ")) else {
      throw InputError(
        path: path, place: "key '\(Self.key("merges"))'", "merge \(rank) is not a pair of tokens")
    }
    let left = Array(merge[..<space])
    let right = Array(merge[(space + 1)...])
    func id(_ token: [UInt8]) throws -> Int32 {
      guard let id = vocabulary[token] else {
        throw InputError(
          path: path, place: "key '\(Self.key("merges"))'",
          "merge \(rank) needs '\(String(decoding: token, as: UTF8.self))', "
            + "which is not in the vocabulary")
      }
      return id
    }
    return (try id(left), try id(right), try id(left + right))
  }

  private func sentencePieces() throws -> TokenizerPipeline {
    var pieces = try pieces(unknown: 0)
    pieces.isUnigram = false
    pieces.fallsBackToBytes = pieces.pieces.contains { $0.kind == .byte }
    pieces.normalizer.addsDummyPrefix = flag("add_space_prefix") ?? true
    pieces.normalizer.removesExtraSpaces = flag("remove_extra_whitespaces") ?? false
    let space = [UInt8(ascii: " ")]
    let mark = SplitPattern(literal: SentencePieceNormalizer.spaceMark)
    let strip: [DecoderStep] =
      pieces.normalizer.addsDummyPrefix ? [.strip(space, start: 1, stop: 0)] : []
    let (model, cuts) = try pieces.model(path: path)
    var pipeline = pipeline(
      model: model, decoder: [.replace(mark, with: space), .byteFallback, .fuse] + strip,
      normalizer: [.sentencePiece(pieces.completeNormalizer)])
    pipeline.preTokenizer = cuts
    try addSpecialTokens(to: &pipeline, begin: 1, end: 2, addsBegin: true)
    return pipeline
  }

  private func unigram() throws -> TokenizerPipeline {
    var pieces = try pieces(unknown: 2)
    pieces.normalizer.addsDummyPrefix = flag("add_space_prefix") ?? true
    pieces.normalizer.removesExtraSpaces = flag("remove_extra_whitespaces") ?? false
    if let list = try checkpoint.metadataArray(Self.key("precompiled_charsmap"))?.integers() {
      guard let map = CharacterMap(list.map { UInt8(truncatingIfNeeded: $0) }) else {
        throw InputError(
          path: path, place: "key '\(Self.key("precompiled_charsmap"))'", "is damaged")
      }
      pieces.normalizer.characterMap = map
    }
    let (model, cuts) = try pieces.model(path: path)
    var pipeline = pipeline(
      model: model,
      decoder: [.metaspace(mark: SentencePieceNormalizer.spaceMark, dropsFirst: true)],
      normalizer: [.sentencePiece(pieces.completeNormalizer)])
    pipeline.preTokenizer = cuts
    try addSpecialTokens(to: &pipeline, begin: nil, end: 1, addsBegin: false, addsEnd: true)
    return pipeline
  }

  /// The pieces of a SentencePiece model, one of them the unknown.
  private func pieces(unknown: Int) throws -> SentencePieces {
    guard let scores = try checkpoint.metadataArray(Self.key("scores"))?.numbers() else {
      throw InputError(path: path, "key '\(Self.key("scores"))' is missing")
    }
    try Self.requireCount(scores.count, "scores", tokens.count, path)
    let unknown = try id("unknown_token_id") ?? unknown
    var pieces = SentencePieces()
    pieces.pieces = tokens.indices.map { id in
      let kind = kinds?[id] ?? .normal
      return SentencePieces.Piece(
        bytes: tokens[id], score: Float(scores[id]),
        kind: id == unknown ? .unknown : kind == .unknown ? .control : kind)
    }
    return pieces
  }

  private func wordPiece() throws -> TokenizerPipeline {
    // Words begin with a mark in the file, and the rest of a word does not.
    let mark = SentencePieceNormalizer.spaceMark
    let prefix = Array("##".utf8)
    let spellings = tokens.indices.map { id -> [UInt8] in
      let token = tokens[id]
      guard kinds?[id] ?? .normal == .normal else { return token }
      return token.starts(with: mark) ? Array(token.dropFirst(mark.count)) : prefix + token
    }
    let vocabulary = table(spellings)
    let unknown = try id("unknown_token_id") ?? 100
    guard tokens.indices.contains(unknown) else {
      throw InputError(path: path, "the unknown token \(unknown) is not in the vocabulary")
    }
    var pipeline = pipeline(
      model: .wordPiece(
        WordPieceModel(
          vocabulary: vocabulary, unknown: Int32(unknown), prefix: prefix, longestWord: 100)),
      decoder: [.wordPiece(prefix: prefix, cleansUp: true)],
      normalizer: [
        .bert(
          .init(cleansText: true, spacesChinese: true, stripsAccents: true, lowercases: true))
      ], spellings: spellings)
    pipeline.preTokenizer = [.bert]
    let end = try id("seperator_token_id") ?? id("separator_token_id") ?? id("eos_token_id") ?? 102
    let begin = try id("cls_token_id") ?? 101
    try addSpecialTokens(to: &pipeline, begin: begin, end: end, addsBegin: true, addsEnd: true)
    return pipeline
  }

  // MARK: Parts

  private func table(_ tokens: [[UInt8]]) -> TokenTable {
    var table = TokenTable(minimumCapacity: tokens.count)
    for (id, token) in tokens.enumerated() { table.set(token.span, Int32(id)) }
    return table
  }

  /// A pipeline with the tokens of the file.
  private func pipeline(
    model: TokenModel, decoder: [DecoderStep], normalizer: [NormalizerStep],
    spellings: [[UInt8]]? = nil
  ) -> TokenizerPipeline {
    var all = TokenSpellings()
    for (id, token) in (spellings ?? tokens).enumerated() { all.set(id, token.span) }
    let added = tokens.indices.filter { kinds?[$0] == .control || kinds?[$0] == .userDefined }
      .filter { String(validating: tokens[$0], as: UTF8.self) != nil }
      .map { id in
        AddedTokens.Token(id: id, content: tokens[id], isSpecial: kinds?[id] == .control)
      }
    return TokenizerPipeline(
      spellings: all, addedTokens: AddedTokens(added) { _ in }, normalizer: normalizer,
      preTokenizer: [], model: model, postProcessor: PostProcessor(), decoder: decoder)
  }

  private func addSpecialTokens(
    to pipeline: inout TokenizerPipeline, begin: Int?, end: Int?, addsBegin: Bool,
    addsEnd: Bool = false
  ) throws {
    let begin = try id("bos_token_id") ?? begin.flatMap(known)
    let end = try id("eos_token_id") ?? end.flatMap(known)
    (pipeline.beginTokenID, pipeline.endTokenID) = (begin, end)
    let before = try affix("add_bos_token", addsBegin, begin, "bos_token_id")
    let after = try affix("add_eos_token", addsEnd, end, "eos_token_id")
    if !before.isEmpty || !after.isEmpty {
      pipeline.postProcessor.templates = [before + [.text] + after]
    }
  }

  private func known(_ id: Int) -> Int? { tokens.indices.contains(id) ? id : nil }

  private func flag(_ name: String) -> Bool? { checkpoint.metadata[Self.key(name)]?.bool }

  /// A token id in the metadata that the vocabulary has.
  private func id(_ name: String) throws -> Int? {
    guard let value = checkpoint.metadata[Self.key(name)] else { return nil }
    guard let id = value.int, tokens.indices.contains(id) else {
      throw InputError(
        path: path, place: "key '\(Self.key(name))'",
        "\(value.serialized()) is not in the vocabulary of \(tokens.count)")
    }
    return id
  }

  /// The token that a flag asks to put beside the text.
  private func affix(
    _ name: String, _ isDefault: Bool, _ id: Int?, _ idName: String
  ) throws -> [PostProcessor.Piece] {
    guard flag(name) ?? isDefault else { return [] }
    guard let id else {
      guard flag(name) == true else { return [] }
      throw InputError(
        path: path, place: "key '\(Self.key(name))'",
        "is true, but there is no '\(Self.key(idName))'")
    }
    return [.token(id)]
  }
}
