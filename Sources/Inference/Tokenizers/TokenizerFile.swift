import Core
import Formats
import Foundation
import OrderedCollections

/// What a tokenizer's file says, checked: a later step never doubts an id.
struct TokenizerFile: Sendable {
  /// One piece of the template that adds special tokens.
  enum TemplatePiece: Sendable, Equatable {
    case token(Int)
    case text
  }

  /// The id of every token of the model, as spelled in the file.
  var vocabulary: [String: Int]
  /// The merges in order of rank, as ids.
  var merges: [(left: Int, right: Int, result: Int)]
  /// Whether a word that is a token is taken whole (LLaMA 3).
  var ignoresMerges: Bool
  /// Tokens that are cut out of the text first.
  var addedTokens: [AddedTokens.Token]
  /// How text is cut before merging, one step after the other.
  var steps: [PreTokenizerStep]
  /// What is put around the text; empty for nothing.
  var template: [TemplatePiece]
  /// The id before an empty context.
  var prefixTokenID: Int?

  /// The file, for messages.
  let path: String

  /// A tokenizer without tokens, to be filled by a reader of one kind of file.
  init(emptyAt path: String) {
    self.path = path
    vocabulary = [:]
    merges = []
    ignoresMerges = false
    addedTokens = []
    steps = [.words]
    template = []
  }

  /// Reads and checks a `tokenizer.json`.
  init(path: String) throws {
    self.init(emptyAt: path)
    let root = try Self.document(path)
    try readModel(root["model"] ?? .null)
    try readAddedTokens(root["added_tokens"] ?? .null)
    try readNormalizer(root["normalizer"] ?? .null)
    try readPreTokenizer(root["pre_tokenizer"] ?? .null)
    try readPostProcessor(root["post_processor"] ?? .null)
    try readSpecialTokens()
  }

  /// Reads the tokenizer of a checkpoint: `tokenizer.json` beside it, else the one in the GGUF file.
  init(_ checkpoint: Checkpoint) throws {
    if let path = checkpoint.tokenizerPath {
      try self.init(path: path)
    } else if checkpoint.format == .gguf {
      try self.init(gguf: checkpoint)
    } else {
      throw InputError(
        path: checkpoint.path, "has no tokenizer",
        hint: "put the model's 'tokenizer.json' beside the weights")
    }
  }

  /// A hash of all that decides which ids a text gets.
  var contentHash: ContentHash {
    var hasher = ContentHasher()
    func add(_ text: String) {
      hasher.update(text.utf8.count)
      hasher.update(Array(text.utf8))
    }
    for (token, id) in vocabulary.sorted(by: { $0.value < $1.value }) {
      hasher.update(id)
      add(token)
    }
    for merge in merges { hasher.update(merge.result) }
    for token in addedTokens.sorted(by: { $0.id < $1.id }) {
      hasher.update(token.id)
      add("\(token.content) \(token.stripsLeft) \(token.stripsRight) \(token.isSingleWord)")
    }
    add("\(ignoresMerges) \(steps)")
    for piece in template {
      if case .token(let id) = piece { hasher.update(id) } else { hasher.update(-1) }
    }
    return hasher.hash
  }

  private static func document(_ path: String) throws -> JSONValue {
    let bytes = try MappedFile(path: path)
    do {
      return try JSONValue(parsing: bytes.copy(0..<bytes.byteCount))
    } catch {
      throw InputError(path: path, "not JSON: \(error)")
    }
  }

  func unsupported(_ place: String, _ what: String) -> InputError {
    InputError(path: path, place: place, "\(what) is not supported")
  }

  func invalid(_ place: String, _ what: String) -> InputError {
    InputError(path: path, place: place, what)
  }

  // MARK: Model

  private mutating func readModel(_ model: JSONValue) throws {
    guard let type = model["type"]?.string ?? (model["merges"] != nil ? "BPE" : nil) else {
      throw invalid("model", "has no type")
    }
    guard type == "BPE" else { throw unsupported("model", "type '\(type)'") }
    for key in ["continuing_subword_prefix", "end_of_word_suffix", "unk_token"] {
      if let value = model[key]?.string, !value.isEmpty {
        throw unsupported("model", "'\(key)' of '\(value)'")
      }
    }
    for key in ["byte_fallback", "fuse_unk"] where model[key]?.bool == true {
      throw unsupported("model", "'\(key)'")
    }
    if let dropout = model["dropout"], dropout != .null {
      throw unsupported("model", "'dropout' of \(dropout.serialized())")
    }
    ignoresMerges = model["ignore_merges"]?.bool ?? false
    guard let entries = model["vocab"]?.object else { throw invalid("model.vocab", "is missing") }
    vocabulary.reserveCapacity(entries.count)
    for (token, value) in entries {
      guard let id = value.int, (0..<Int(Int32.max)).contains(id) else {
        throw invalid("model.vocab", "token '\(token)' has no id from 0 to 2147483646")
      }
      vocabulary[token] = id
    }
    guard let list = model["merges"]?.array else { throw invalid("model.merges", "is missing") }
    merges = try list.enumerated().map { rank, entry in try merge(entry, rank: rank) }
  }

  /// A merge is written "left right" or ["left", "right"].
  func merge(
    _ entry: JSONValue, rank: Int
  ) throws -> (left: Int, right: Int, result: Int) {
    let parts =
      entry.string.map { $0.split(separator: " ").map(String.init) }
      ?? (entry.array ?? []).compactMap(\.string)
    guard parts.count == 2 else {
      throw invalid("model.merges", "merge \(rank) is not a pair of tokens")
    }
    func id(_ token: String) throws -> Int {
      guard let id = vocabulary[token] else {
        throw invalid(
          "model.merges", "merge \(rank) needs '\(token)', which is not in the vocabulary")
      }
      return id
    }
    return (try id(parts[0]), try id(parts[1]), try id(parts[0] + parts[1]))
  }

  // MARK: Pipeline

  private mutating func readAddedTokens(_ list: JSONValue) throws {
    for (index, entry) in (list.array ?? []).enumerated() {
      guard let id = entry["id"]?.int, (0..<Int(Int32.max)).contains(id),
        let content = entry["content"]?.string
      else { throw invalid("added_tokens[\(index)]", "has no id or no content") }
      addedTokens.append(
        .init(
          id: id, content: content, stripsLeft: entry["lstrip"]?.bool ?? false,
          stripsRight: entry["rstrip"]?.bool ?? false,
          isSingleWord: entry["single_word"]?.bool ?? false,
          isNormalized: entry["normalized"]?.bool ?? (entry["special"]?.bool != true)))
    }
  }

  private func readNormalizer(_ normalizer: JSONValue) throws {
    guard normalizer != .null else { return }
    guard normalizer["type"]?.string == "Sequence" else {
      throw unsupported("normalizer", "type '\(normalizer["type"]?.string ?? "?")'")
    }
    for part in normalizer["normalizers"]?.array ?? [] { try readNormalizer(part) }
  }

  private mutating func readPreTokenizer(_ value: JSONValue) throws {
    let parts = value["type"]?.string == "Sequence" ? value["pretokenizers"]?.array ?? [] : [value]
    guard parts.last?["type"]?.string == "ByteLevel" else {
      throw unsupported("pre_tokenizer", "type '\(parts.last?["type"]?.string ?? "none")'")
    }
    steps = try parts.flatMap(step)
  }

  private func step(_ value: JSONValue) throws -> [PreTokenizerStep] {
    switch value["type"]?.string {
    case "ByteLevel":
      return (value["add_prefix_space"]?.bool ?? true ? [.prefixSpace] : [])
        + (value["use_regex"]?.bool ?? true ? [.words] : [])
    case "Digits": return [.digits(individual: value["individual_digits"]?.bool ?? false)]
    case "Split": return [.split(try pattern(value))]
    case let type: throw unsupported("pre_tokenizer", "type '\(type ?? "none")'")
    }
  }

  private func pattern(_ value: JSONValue) throws -> SplitPattern {
    let behavior = value["behavior"]?.string ?? "none"
    guard behavior == "Isolated", value["invert"]?.bool != true else {
      throw unsupported("pre_tokenizer", "'Split' with behavior '\(behavior)' or inverted")
    }
    guard let source = value["pattern"]?["Regex"]?.string else {
      throw unsupported("pre_tokenizer", "'Split' without a regular expression")
    }
    guard let pattern = SplitPattern(source) else {
      throw unsupported("pre_tokenizer", "the expression '\(source)'")
    }
    return pattern
  }

  private mutating func readPostProcessor(_ value: JSONValue) throws {
    switch value["type"]?.string {
    case nil where value == .null: return
    case "ByteLevel": return
    case "TemplateProcessing": try readTemplate(value)
    case "Sequence":
      for processor in value["processors"]?.array ?? [] { try readPostProcessor(processor) }
    case let type: throw unsupported("post_processor", "type '\(type ?? "?")'")
    }
  }

  private mutating func readTemplate(_ value: JSONValue) throws {
    let place = "post_processor.single"
    let knownIDs = Set(vocabulary.values).union(addedTokens.map(\.id))
    template = try (value["single"]?.array ?? []).flatMap { piece -> [TemplatePiece] in
      if piece["Sequence"] != nil { return [.text] }
      guard let name = piece["SpecialToken"]?["id"]?.string,
        let ids = value["special_tokens"]?[name]?["ids"]?.array
      else { throw invalid(place, "is not a list of special tokens and sequences") }
      return try ids.map { id in
        guard let id = id.int, knownIDs.contains(id) else {
          throw invalid(
            place, "token \(id.serialized()) of '\(name)' is not in the vocabulary")
        }
        return .token(id)
      }
    }
  }

  // MARK: Special tokens

  /// Takes the beginning of sequence, else the end, from `tokenizer_config.json` beside the file.
  private mutating func readSpecialTokens() throws {
    let configPath = URL(filePath: path).deletingLastPathComponent()
      .appending(path: "tokenizer_config.json").path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: configPath) else { return }
    let config = try Self.document(configPath)
    for key in ["bos_token", "eos_token"] {
      guard let entry = config[key], let content = entry.string ?? entry["content"]?.string else {
        continue
      }
      guard let id = addedTokens.last(where: { $0.content == content })?.id ?? vocabulary[content]
      else {
        throw InputError(
          path: configPath, place: "key '\(key)'", "'\(content)' is not in the vocabulary")
      }
      prefixTokenID = id
      return
    }
  }
}
