import Core
import Formats
import Foundation

/// Reads `vocab.json` and `merges.txt`, the older form of byte-level BPE, into a pipeline.
///
/// The files do not say how text is cut; the class that `tokenizer_config.json` names does.
struct VocabularyAndMerges {
  /// The name of the vocabulary's file.
  static let vocabularyName = "vocab.json"
  private static let mergesName = "merges.txt"

  private let path: String
  private let vocabulary: TokenTable
  private let spellings: TokenSpellings
  private let merges: [(left: Int32, right: Int32, result: Int32)]

  /// Reads the files.
  ///
  /// - Parameter path: The path of `vocab.json`; the merges lie beside it.
  /// - Throws: `InputError` for files that cannot be read or do not fit each other.
  init(path: String) throws {
    self.path = path
    let tokens = try TokenizerDocument.tokens(path: path)
    var vocabulary = TokenTable(minimumCapacity: tokens.count)
    var spellings = TokenSpellings()
    let bytes = tokens.bytes.span
    for index in 0..<tokens.count {
      let token = bytes.extracting(tokens.range(index))
      vocabulary.set(token, Int32(tokens.ids[index]))
      spellings.set(tokens.ids[index], token)
    }
    self.vocabulary = vocabulary
    self.spellings = spellings
    merges = try Self.merges(beside: path, vocabulary)
  }

  private static func merges(
    beside path: String, _ vocabulary: TokenTable
  ) throws -> [(left: Int32, right: Int32, result: Int32)] {
    let mergesPath = URL(filePath: path).deletingLastPathComponent()
      .appending(path: mergesName).path(percentEncoded: false)
    let text = try MappedFile.contents(ofFile: mergesPath)
    var result: [(left: Int32, right: Int32, result: Int32)] = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      if index == 0, line.starts(with: "#version".utf8) { continue }
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      let parts = line.split(separator: UInt8(ascii: " "))
      guard parts.count == 2 else {
        throw InputError(
          path: mergesPath, place: "line \(index + 1)", "is not a pair of tokens")
      }
      func id(_ token: [UInt8]) throws -> Int32 {
        guard let id = vocabulary[token] else {
          throw InputError(
            path: mergesPath, place: "line \(index + 1)",
            "needs '\(String(decoding: token, as: UTF8.self))', which is not in the vocabulary")
        }
        return id
      }
      result.append(
        (try id(Array(parts[0])), try id(Array(parts[1])), try id(Array(parts[0] + parts[1]))))
    }
    return result
  }

  /// The tokenizer that the files describe.
  func pipeline() throws -> TokenizerPipeline {
    let config = try SpecialTokens(besides: path)
    let (expression, normalizer) = try cutting(config?.text("tokenizer_class"))
    guard let pattern = SplitPattern(expression: expression) else {
      throw InputError(path: path, "the expression '\(expression)' is not supported")
    }
    let tokens = (0..<256).map { byte in
      var spelling: [UInt8] = []
      spelling.append(scalar: ByteLevelAlphabet.scalars[byte])
      return vocabulary[spelling] ?? -1
    }
    var spellings = spellings
    let added = try addedTokens(config)
    for token in added { spellings.set(token.id, token.content.span) }
    var pipeline = TokenizerPipeline(
      spellings: spellings, addedTokens: AddedTokens(added) { _ in }, normalizer: normalizer,
      preTokenizer: [.split(pattern, .isolated, isInverted: false)],
      model: .bytePairs(
        BytePairModel(
          vocabulary: TokenTable(), merges: PairTable(merges), symbols: .bytes(tokens))),
      postProcessor: PostProcessor(), decoder: [.byteLevel])
    try config?.complete(&pipeline) { text in
      added.last { $0.content.elementsEqual(text.utf8) }?.id
        ?? vocabulary[Array(text.utf8)].map(Int.init)
    }
    return pipeline
  }

  private func cutting(_ name: String?) throws -> (expression: String, [NormalizerStep]) {
    switch name {
    case nil, "GPT2Tokenizer", "GPT2TokenizerFast", "GPTNeoXTokenizer", "GPTNeoXTokenizerFast":
      return (SplitExpressions.gpt2, [])
    case "Qwen2Tokenizer", "Qwen2TokenizerFast":
      return (SplitExpressions.qwen2, [.form(.canonicalComposition)])
    case let name?:
      throw InputError(
        path: path, "tokenizer class '\(name)' is not supported without a 'tokenizer.json'")
    }
  }

  /// The tokens that the configuration adds, else GPT-2's only one.
  private func addedTokens(_ config: SpecialTokens?) throws -> [AddedTokens.Token] {
    if let added = try config?.addedTokens, !added.isEmpty { return added }
    let end = Array("<|endoftext|>".utf8)
    return vocabulary[end].map { [AddedTokens.Token(id: Int($0), content: end, isSpecial: true)] }
      ?? []
  }
}
