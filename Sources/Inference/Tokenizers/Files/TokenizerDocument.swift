import Core
import OrderedCollections

/// The parts of a `tokenizer.json`, with the long lists of its model in compact form.
struct TokenizerDocument {
  /// The tokens of a model, in the order of the file.
  struct Tokens {
    /// The bytes of all tokens.
    var bytes: [UInt8] = []
    /// Where each token's bytes end.
    var ends: [Int] = []
    var ids: [Int] = []
    /// The scores of a Unigram model; empty for others.
    var scores: [Double] = []

    /// How many tokens there are.
    var count: Int { ends.count }

    /// Where a token's bytes are.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
  }

  /// The members of the document but for `model`.
  private(set) var members: JSONValue = .null
  /// The members of `model` but for its long lists.
  private(set) var model: JSONValue = .null
  /// The vocabulary; `nil` where the file has none.
  private(set) var tokens: Tokens?
  /// The merges, each as its two parts; `nil` where the file has none.
  private(set) var merges: [(left: String, right: String)]?

  private let path: String

  /// Reads a document.
  init(path: String) throws {
    self.path = path
    var reader = JSONReader(try MappedFile.contents(ofFile: path))
    var members: OrderedDictionary<String, JSONValue> = [:]
    do {
      try reader.beginObject()
      while let key = try reader.nextKey() {
        switch (key, try reader.nextKind()) {
        case ("model", .object): try readModel(&reader)
        default: members[key] = try reader.readValue()
        }
      }
      try reader.finish()
    } catch let error as JSONError {
      throw InputError(path: path, "not JSON: \(error)")
    }
    self.members = .object(members)
  }

  private mutating func readModel(_ reader: inout JSONReader) throws {
    var model: OrderedDictionary<String, JSONValue> = [:]
    try reader.beginObject()
    while let key = try reader.nextKey() {
      switch (key, try reader.nextKind()) {
      case ("vocab", .object):
        tokens = try Self.vocabulary(&reader, path: path, place: "model.vocab")
      case ("vocab", .array): try readScoredTokens(&reader)
      case ("merges", .array): try readMerges(&reader)
      default: model[key] = try reader.readValue()
      }
    }
    self.model = .object(model)
  }

  /// The tokens of a file that is nothing but an object of ids (`vocab.json`).
  static func tokens(path: String) throws -> Tokens {
    var reader = JSONReader(try MappedFile.contents(ofFile: path))
    do {
      let tokens = try vocabulary(&reader, path: path, place: nil)
      try reader.finish()
      return tokens
    } catch let error as JSONError {
      throw InputError(path: path, "not JSON: \(error)")
    }
  }

  private static func vocabulary(
    _ reader: inout JSONReader, path: String, place: String?
  ) throws -> Tokens {
    var tokens = Tokens()
    try reader.beginObject()
    while let token = try reader.nextKey() {
      guard try reader.nextKind() == .number, let id = try reader.readValue().int,
        (0..<TokenSpellings.limit).contains(id)
      else {
        throw InputError(
          path: path, place: place,
          "token '\(token)' has no id from 0 to \(TokenSpellings.limit - 1)")
      }
      tokens.bytes.append(contentsOf: token.utf8)
      tokens.ends.append(tokens.bytes.count)
      tokens.ids.append(id)
    }
    return tokens
  }

  private mutating func readScoredTokens(_ reader: inout JSONReader) throws {
    var tokens = Tokens()
    try reader.beginArray()
    while try reader.nextElement() {
      let (token, score) = try readScoredToken(&reader, tokens.count)
      guard tokens.count < TokenSpellings.limit else {
        throw InputError(
          path: path, place: "model.vocab", "has more than \(TokenSpellings.limit) tokens")
      }
      tokens.bytes.append(contentsOf: token.utf8)
      tokens.ends.append(tokens.bytes.count)
      tokens.ids.append(tokens.count - 1)
      tokens.scores.append(score)
    }
    self.tokens = tokens
  }

  private func readScoredToken(
    _ reader: inout JSONReader, _ index: Int
  ) throws -> (token: String, score: Double) {
    let wrong = InputError(
      path: path, place: "model.vocab", "entry \(index) is not a token and its score")
    guard try reader.nextKind() == .array else { throw wrong }
    try reader.beginArray()
    guard try reader.nextElement(), try reader.nextKind() == .string else { throw wrong }
    let token = try reader.readString()
    guard try reader.nextElement(), try reader.nextKind() == .number else { throw wrong }
    let score = TokenScore.value(of: try reader.readNumberText())
    guard try !reader.nextElement() else { throw wrong }
    return (token, score)
  }

  /// A merge is written "left right" or ["left", "right"].
  private mutating func readMerges(_ reader: inout JSONReader) throws {
    var merges: [(left: String, right: String)] = []
    try reader.beginArray()
    while try reader.nextElement() {
      let parts: [String]
      switch try reader.nextKind() {
      case .string:
        let text = try reader.readString()
        parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
          .map { String(Substring($0)) }
      case .array: parts = (try reader.readValue().array ?? []).compactMap(\.string)
      default:
        try reader.skipValue()
        parts = []
      }
      guard parts.count == 2 else {
        throw InputError(
          path: path, place: "model.merges", "merge \(merges.count) is not a pair of tokens")
      }
      merges.append((parts[0], parts[1]))
    }
    self.merges = merges
  }
}
