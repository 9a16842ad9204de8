import Core
import Formats

extension TokenizerFile {
  /// The numbers that `tokenizer.ggml.token_type` gives to tokens which are found in the text as
  /// they stand: control and user-defined.
  private static let addedTypes = [3, 4]
  private static let controlType = 3

  /// Reads the tokenizer that a GGUF file carries: byte-level BPE with GPT-2's words.
  ///
  /// - Throws: `InputError` for any other kind, `CheckpointError` for arrays of another type.
  init(gguf checkpoint: Checkpoint) throws {
    self.init(emptyAt: checkpoint.path)
    let metadata = checkpoint.metadata
    func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }
    guard let model = metadata[key("model")]?.string else {
      throw InputError(path: path, "has no tokenizer ('\(key("model"))' is missing)")
    }
    guard model == "gpt2" else { throw unsupported("key '\(key("model"))'", "'\(model)'") }
    let words = metadata[key("pre")]?.string ?? "none"
    guard words == "gpt-2" else { throw unsupported("key '\(key("pre"))'", "'\(words)'") }

    let tokenCount = try readTokens(
      checkpoint, tokensKey: key("tokens"), typesKey: key("token_type"))
    let list = try checkpoint.metadataArray(key("merges"))?.strings() ?? []
    merges = try list.enumerated().map { try merge(.string($1), rank: $0) }
    let begin = try id(metadata, key("bos_token_id"), below: tokenCount)
    let end = try id(metadata, key("eos_token_id"), below: tokenCount)
    prefixTokenID = begin ?? end
    template = try affix(metadata, key("add_bos_token"), begin, name: "bos_token_id")
    let after = try affix(metadata, key("add_eos_token"), end, name: "eos_token_id")
    if !template.isEmpty || !after.isEmpty { template += [.text] + after }
  }

  /// Takes the vocabulary; returns how many ids it has.
  private mutating func readTokens(
    _ checkpoint: Checkpoint, tokensKey: String, typesKey: String
  ) throws -> Int {
    guard let tokens = try checkpoint.metadataArray(tokensKey)?.strings() else {
      throw InputError(path: path, "has no tokenizer ('\(tokensKey)' is missing)")
    }
    let types = try checkpoint.metadataArray(typesKey)?.integers()
    if let types, types.count != tokens.count {
      throw invalid(
        "key '\(typesKey)'", "has \(types.count) elements, '\(tokensKey)' has \(tokens.count)")
    }
    for (id, token) in tokens.enumerated() {
      vocabulary[token] = id
      guard let type = types?[id], Self.addedTypes.contains(type) else { continue }
      addedTokens.append(
        .init(
          id: id, content: token, stripsLeft: false, stripsRight: false, isSingleWord: false,
          isNormalized: type != Self.controlType))
    }
    return tokens.count
  }

  /// A token id in the metadata that the vocabulary has.
  private func id(_ metadata: JSONValue, _ key: String, below count: Int) throws -> Int? {
    guard let value = metadata[key] else { return nil }
    guard let id = value.int, (0..<count).contains(id) else {
      throw invalid(
        "key '\(key)'", "\(value.serialized()) is not in the vocabulary of \(count)")
    }
    return id
  }

  /// The token that a flag asks to put beside the text.
  private func affix(
    _ metadata: JSONValue, _ flag: String, _ id: Int?, name: String
  ) throws -> [TemplatePiece] {
    guard metadata[flag]?.bool == true else { return [] }
    guard let id else { throw invalid("key '\(flag)'", "is true, but there is no '\(name)'") }
    return [.token(id)]
  }
}
