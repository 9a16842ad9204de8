import Core
import OrderedCollections

/// A `config.json`, or an object inside it.
struct ConfigFile: ConfigKeys {
  let path: String
  let document: JSONValue

  /// Reads a file.
  init(path: String) throws(CheckpointError) {
    self.path = path
    let bytes = try MappedFile.checkedContents(ofFile: path)
    do { document = try JSONValue(parsing: bytes) } catch {
      throw CheckpointError(error, path: path)
    }
  }

  init(path: String, document: JSONValue) {
    self.path = path
    self.document = document
  }

  /// Which model it describes, such as `llama`.
  var architecture: String? {
    if let type = document["model_type"]?.string { return type }
    return document["architectures"]?[0]?.string == "LlamaForCausalLM" ? "llama" : nil
  }

  /// A value; `nil` for `null` too.
  private func value(_ key: String) -> JSONValue? {
    guard let value = document[key], value != .null else { return nil }
    return value
  }

  func integer(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let integer = value.int else { throw wrong(key, value, expected: "an integer") }
    return integer
  }

  func number(_ key: String) throws(CheckpointError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double else { throw wrong(key, value, expected: "a number") }
    return number
  }

  func string(_ key: String) throws(CheckpointError) -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw wrong(key, value, expected: "a string") }
    return string
  }

  func bool(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let bool = value.bool else { throw wrong(key, value, expected: "true or false") }
    return bool
  }

  /// A list of numbers.
  func numbers(_ key: String) throws(CheckpointError) -> [Double]? {
    guard let value = value(key) else { return nil }
    guard let numbers = value.array?.map(\.double), !numbers.contains(nil) else {
      throw wrong(key, value, expected: "a list of numbers")
    }
    return numbers.compactMap(\.self)
  }

  /// An object inside the document.
  func object(_ key: String) throws(CheckpointError) -> ConfigFile? {
    guard let value = value(key) else { return nil }
    guard value.object != nil else { throw wrong(key, value, expected: "an object") }
    return ConfigFile(path: path, document: value)
  }

  /// One token, or several.
  func tokens(_ key: String) throws(CheckpointError) -> [Int] {
    guard let value = value(key) else { return [] }
    var tokens: [Int] = []
    for element in value.array ?? [value] {
      guard let token = element.int, ConfigBounds.token.contains(token) else {
        throw wrong(key, value, expected: "token ids")
      }
      tokens.append(token)
    }
    return tokens
  }

  func error(_ problem: CheckpointError.Problem, key: String) -> CheckpointError {
    CheckpointError(problem, path: path)
  }

  private func wrong(_ key: String, _ value: JSONValue, expected: String) -> CheckpointError {
    let text = value.serialized()
    let shown = text.count > 40 ? "\(text.prefix(40))…" : text
    return invalid(key, shown, expected: expected)
  }
}

extension ModelConfig {
  private static let huggingFaceNames = ConfigNames(
    layerCount: "num_hidden_layers", hiddenSize: "hidden_size",
    intermediateSize: "intermediate_size", headCount: "num_attention_heads",
    keyValueHeadCount: "num_key_value_heads", headDimension: "head_dim",
    contextLength: "max_position_embeddings", normEpsilon: "rms_norm_eps")

  /// Reads a `config.json` as transformers 4 and 5 write it.
  ///
  /// What is absent has the value that transformers takes. There is no configuration for an
  /// architecture other than LLaMA.
  init?(_ file: ConfigFile) throws(CheckpointError) {
    guard file.architecture == "llama" else { return nil }
    try self.init(
      file, names: Self.huggingFaceNames,
      vocabularySize: try file.size("vocab_size", in: ConfigBounds.vocabulary),
      defaultContextLength: 2048, defaultEpsilon: 1e-6)
    activation = Activation(huggingFaceName: try file.string("hidden_act") ?? "silu")
    let hasAttentionBias = try file.bool("attention_bias") ?? false
    hasQueryKeyValueBias = hasAttentionBias
    hasAttentionOutputBias = hasAttentionBias
    hasMLPBias = try file.bool("mlp_bias") ?? false
    tiesWordEmbeddings = try file.bool("tie_word_embeddings") ?? false
    beginTokenID = try file.tokens("bos_token_id").first
    endTokenIDs = try file.tokens("eos_token_id")
    positions = .rotary(
      try file.rotary(headDimension: headDimension, contextLength: contextLength))
  }
}

extension ModelConfig.Activation {
  /// The activation of a Hugging Face configuration.
  init(huggingFaceName name: String) {
    switch name {
    case "silu", "swish": self = .silu
    case "gelu", "gelu_python": self = .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate": self = .geluTanh
    case "relu": self = .relu
    default: self = .other(name)
    }
  }
}
