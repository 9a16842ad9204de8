import Core
import Formats

/// Reads a file of tiktoken: lines of a token in base64 and its rank.
///
/// The file says neither how text is cut nor which special tokens there are; that is known for the
/// vocabularies that are published so, by their size.
struct TiktokenFile {
  /// A published vocabulary.
  private struct Family {
    var expression: String
    var specialTokens: [(id: Int, text: String)]
    /// The token before a text, if there is one, and the one that ends it.
    var begin: Int?
    var end: Int
  }

  private let path: String
  private let tokens: [[UInt8]]

  /// Whether bytes look like such a file.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    guard let end = bytes.prefix(512).firstIndex(of: UInt8(ascii: "\n")) else { return false }
    let parts = bytes[..<end].split(separator: UInt8(ascii: " "))
    return parts.count == 2 && Int(String(decoding: parts[1], as: UTF8.self)) != nil
  }

  /// Reads a file.
  ///
  /// - Throws: `InputError` for a line that is none, and for ranks that are not 0, 1, 2 and so on.
  init(path: String, _ bytes: [UInt8]) throws {
    self.path = path
    let span = bytes.span
    var tokens: [[UInt8]] = []
    var start = 0
    while start < span.count {
      var end = start
      while end < span.count, span[end] != UInt8(ascii: "\n") { end += 1 }
      var space = start
      while space < end, span[space] != UInt8(ascii: " ") { space += 1 }
      guard let token = Base64.decoded(span.extracting(start..<space)),
        let rank = Self.number(span.extracting(min(space + 1, end)..<end))
      else {
        throw InputError(
          path: path, place: "line \(tokens.count + 1)", "is not a token and its rank")
      }
      guard rank == tokens.count else {
        throw InputError(
          path: path, place: "line \(tokens.count + 1)",
          "rank is \(rank), expected \(tokens.count)")
      }
      tokens.append(token)
      start = end + 1
    }
    self.tokens = tokens
  }

  /// A number in decimal digits, or `nil` for anything else.
  private static func number(_ text: Span<UInt8>) -> Int? {
    guard (1...9).contains(text.count) else { return nil }
    var number = 0
    for index in text.indices {
      guard (0x30...0x39).contains(text[index]) else { return nil }
      number = 10 * number + Int(text[index] - 0x30)
    }
    return number
  }

  /// The tokenizer that the file describes.
  func pipeline() throws -> TokenizerPipeline {
    guard let family = Self.family(tokens.count) else {
      throw InputError(
        path: path, "a tiktoken file of \(tokens.count) tokens does not say how text is cut",
        hint: "put the model's 'tokenizer.json' beside it")
    }
    guard let pattern = SplitPattern(expression: family.expression) else {
      throw InputError(path: path, "the expression '\(family.expression)' is not supported")
    }
    var spellings = TokenSpellings()
    for (id, token) in tokens.enumerated() {
      var spelling: [UInt8] = []
      ByteLevelAlphabet.append(token.span, to: &spelling)
      spellings.set(id, spelling.span)
    }
    let added = family.specialTokens.map {
      AddedTokens.Token(id: $0.id, content: Array($0.text.utf8), isSpecial: true)
    }
    for token in added { spellings.set(token.id, token.content.span) }
    var pipeline = TokenizerPipeline(
      spellings: spellings, addedTokens: AddedTokens(added) { _ in }, normalizer: [],
      preTokenizer: [.split(pattern, .isolated, isInverted: false)],
      model: .bytePairs(try model()), postProcessor: PostProcessor(), decoder: [.byteLevel])
    if let begin = family.begin { pipeline.postProcessor.templates = [[.token(begin), .text]] }
    (pipeline.beginTokenID, pipeline.endTokenID) = (family.begin, family.end)
    return pipeline
  }

  /// Neighbours merge in the order of the token that they make.
  private func model() throws -> BytePairModel {
    var vocabulary = TokenTable(minimumCapacity: tokens.count)
    for (id, token) in tokens.enumerated() { vocabulary.set(token.span, Int32(id)) }
    var merges: [(left: Int32, right: Int32, result: Int32)] = []
    for (id, token) in tokens.enumerated() where token.count > 1 {
      let span = token.span
      for middle in 1..<token.count {
        guard let left = vocabulary[span.extracting(0..<middle)],
          let right = vocabulary[span.extracting(middle..<token.count)]
        else { continue }
        merges.append((left, right, Int32(id)))
      }
    }
    var pairs = PairTable(capacity: merges.count)
    for merge in merges {
      pairs.set(
        merge.left, merge.right, PairTable.Merge(rank: merge.result, result: merge.result))
    }
    let bytes = (0..<256).map { vocabulary[[UInt8($0)]] ?? -1 }
    if let missing = bytes.firstIndex(of: -1) {
      throw InputError(path: path, "has no token for byte \(missing)")
    }
    return BytePairModel(
      vocabulary: vocabulary, merges: pairs, symbols: .bytes(bytes),
      options: .init(ignoresMerges: true))
  }

  private static func family(_ count: Int) -> Family? {
    switch count {
    case 50256:
      Family(
        expression: WordMatcher.gpt2Pattern, specialTokens: [(50256, "<|endoftext|>")],
        end: 50256)
    case 128_000:
      Family(
        expression: SplitExpressions.llama3, specialTokens: llama3Tokens, begin: 128_000,
        end: 128_001)
    default: nil
    }
  }

  /// The special tokens of LLaMA 3, which its program adds in this order.
  private static let llama3Tokens: [(id: Int, text: String)] = {
    let named = [
      "begin_of_text", "end_of_text", "reserved_special_token_0", "reserved_special_token_1",
      "reserved_special_token_2", "reserved_special_token_3", "start_header_id", "end_header_id",
      "reserved_special_token_4", "eot_id",
    ]
    let reserved = (5..<251).map { "reserved_special_token_\($0)" }
    return (named + reserved).enumerated().map { (128_000 + $0, "<|\($1)|>") }
  }()
}
