import Core
import Foundation

/// Reads a `tokenizer.json` into a pipeline.
struct TokenizerJSON {
  let path: String
  let document: TokenizerDocument
  /// The id of each token of the model, and all spellings.
  private(set) var vocabulary: TokenTable
  private(set) var spellings = TokenSpellings()
  private(set) var addedTokens: [AddedTokens.Token] = []

  /// Reads a file.
  ///
  /// - Throws: `InputError` for a file that cannot be read, or is none.
  init(path: String) throws {
    self.path = path
    document = try TokenizerDocument(path: path)
    vocabulary = TokenTable(minimumCapacity: document.tokens?.count ?? 0)
    guard document.tokens != nil else { throw invalid("model.vocab", "is missing") }
    readVocabulary()
    try readAddedTokens()
  }

  /// The tokenizer that the file describes.
  func pipeline() throws -> TokenizerPipeline {
    let normalizer = try normalizerSteps(document.members["normalizer"] ?? .null, "normalizer")
    let cuts = try preTokenizerSteps(document.members["pre_tokenizer"] ?? .null, "pre_tokenizer")
    let (model, preTokenizer) = try model(cuts)
    let decoder = try decoderSteps(document.members["decoder"] ?? .null, "decoder")
    var pipeline = TokenizerPipeline(
      spellings: spellings,
      addedTokens: AddedTokens(addedTokens) { text in
        var startsAtOrigin = true
        TokenizerPipeline.normalize(&text, &startsAtOrigin, normalizer)
      },
      normalizer: normalizer, preTokenizer: preTokenizer, model: model,
      postProcessor: try postProcessor(document.members["post_processor"] ?? .null),
      decoder: decoder, separator: [UInt8(ascii: " ")])
    try SpecialTokens(besides: path)?.complete(&pipeline) { content in
      addedTokens.last { $0.content.elementsEqual(content.utf8) }?.id
        ?? vocabulary[Array(content.utf8)].map(Int.init)
    }
    return pipeline
  }

  func unsupported(_ place: String, _ what: String) -> InputError {
    InputError(path: path, place: place, "\(what) is not supported")
  }

  func invalid(_ place: String, _ what: String) -> InputError {
    InputError(path: path, place: place, what)
  }

  private mutating func readVocabulary() {
    guard let tokens = document.tokens else { return }
    let bytes = tokens.bytes.span
    for index in 0..<tokens.count {
      let token = bytes.extracting(tokens.range(index))
      vocabulary.set(token, Int32(tokens.ids[index]))
      spellings.set(tokens.ids[index], token)
    }
  }

  private mutating func readAddedTokens() throws {
    for (index, entry) in (document.members["added_tokens"]?.array ?? []).enumerated() {
      guard let id = entry["id"]?.int, let content = entry["content"]?.string else {
        throw invalid("added_tokens[\(index)]", "has no id or no content")
      }
      guard (0..<TokenSpellings.limit).contains(id) else {
        throw invalid(
          "added_tokens[\(index)]", "id \(id) is not from 0 to \(TokenSpellings.limit - 1)")
      }
      let bytes = Array(content.utf8)
      let isSpecial = entry["special"]?.bool ?? false
      addedTokens.append(
        AddedTokens.Token(
          id: id, content: bytes, stripsLeft: entry["lstrip"]?.bool ?? false,
          stripsRight: entry["rstrip"]?.bool ?? false,
          isSingleWord: entry["single_word"]?.bool ?? false,
          isNormalized: entry["normalized"]?.bool ?? !isSpecial, isSpecial: isSpecial))
      spellings.set(id, bytes.span)
    }
  }
}
