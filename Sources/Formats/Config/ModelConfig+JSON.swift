extension ModelConfig {
  /// Reads a `config.json` as transformers 4 and 5 write it.
  ///
  /// What is absent has the value that transformers takes. There is no configuration for an
  /// architecture other than ``ModelConfig/architectures``.
  init?(_ file: ConfigFile) throws(CheckpointError) {
    guard let name = file.architecture, let family = ModelFamily(configName: name) else {
      return nil
    }
    // A model that sees has its language model's numbers in an object of their own.
    let text = try family == .gemma3 ? file.object("text_config") ?? file : file
    try self.init(text, family, names: family.configNames)
    architecture = name
    namesContextLength = try text.namesContextLength || !family.leavesContextLengthOpen
    try readTokens(text)
    if beginTokenID == nil, endTokenIDs.isEmpty { try readTokens(file) }
    tiesWordEmbeddings = try file.bool("tie_word_embeddings") ?? family.tiesByDefault
    try read(text, family)
  }

  private mutating func readTokens(_ file: ConfigFile) throws(CheckpointError) {
    beginTokenID = try file.tokens("bos_token_id").first
    endTokenIDs = try file.tokens("eos_token_id")
  }

  /// Reads what only this family has.
  private mutating func read(
    _ file: ConfigFile, _ family: ModelFamily
  ) throws(CheckpointError) {
    switch family {
    case .llama: try readLLaMA(file)
    case .mistral: try readMistral(file)
    case .mixtral: try readMixtral(file)
    case .bloom: addsToNormalizedInput = try file.flag("apply_residual_connection_post_layernorm")
    case .t5, .mt5: try readT5(file, isT5: family == .t5)
    case .gpt2: try readGPT2(file)
    case .gptNeoX: try readNeoX(file)
    case .qwen2, .qwen3: try readQwen(file, isThird: family == .qwen3)
    case .qwen2MoE: try readQwenMoE(file)
    case .gemma: try readGemma(file)
    case .gemma2: try readGemma2(file)
    case .gemma3: try readGemma3(file)
    case .phi: try readPhi(file)
    case .phi3: try readPhi3(file)
    case .olmo, .olmo2: try readOLMo(file)
    case .falcon: try readFalcon(file)
    case .mpt: try readMPT(file)
    case .starcoder2: try readStarCoder(file)
    }
  }
}

extension ConfigFile {
  /// Whether a length stands under one of the keys that lm-evaluation-harness knows.
  fileprivate var namesContextLength: Bool {
    get throws(CheckpointError) {
      for key in ["n_positions", "max_position_embeddings", "n_ctx"] {
        if try integer(key) != nil { return true }
      }
      return false
    }
  }
}

extension ModelFamily {
  /// Whether transformers has no length of its own for such models.
  fileprivate var leavesContextLengthOpen: Bool {
    switch self {
    case .bloom, .t5, .mt5, .mpt: true
    default: false
    }
  }

  /// Whether the head is the embedding where the configuration does not say it.
  fileprivate var tiesByDefault: Bool {
    switch self {
    case .bloom, .t5, .mt5, .gpt2, .gemma, .gemma2, .gemma3, .falcon, .mpt, .starcoder2: true
    default: false
    }
  }

  /// How the configurations of the family call what all have.
  fileprivate var configNames: ConfigNames {
    var names = ConfigNames()
    switch self {
    case .llama, .olmo: break
    case .mistral:
      names.defaultKeyValueHeadCount = 8
      names.defaultContextLength = 131_072
    case .mixtral:
      names.defaultKeyValueHeadCount = 8
      names.defaultContextLength = 131_072
      names.defaultEpsilon = 1e-5
    case .qwen2, .qwen3, .qwen2MoE:
      names.defaultContextLength = 32_768
      if self == .qwen3 { names.defaultHeadDimension = 128 }
    case .gemma, .gemma2:
      names.defaultHeadDimension = 256
      names.defaultContextLength = 8192
    case .gemma3:
      names.defaultHeadCount = 8
      names.defaultKeyValueHeadCount = 4
      names.defaultHeadDimension = 256
      names.defaultContextLength = 131_072
      names.defaultVocabularySize = 262_208
    case .phi3:
      names.defaultContextLength = 4096
      names.defaultEpsilon = 1e-5
    case .olmo2: names.defaultEpsilon = 1e-5
    default: setLayerNormNames(&names)
    }
    if self == .olmo {
      names.normEpsilon = []
      names.defaultEpsilon = 1e-5
    }
    return names
  }

  /// The names of families whose norms take the mean away, and of T5, which all go their own ways.
  private func setLayerNormNames(_ names: inout ConfigNames) {
    names.defaultEpsilon = 1e-5
    switch self {
    case .bloom:
      names.layerCount = ["n_layer", "num_hidden_layers"]
      names.hiddenSize = ["n_embed", "hidden_size"]
      names.intermediateSize = ["n_inner"]
      names.headCount = ["n_head", "num_attention_heads"]
      names.contextLength = ["seq_length"]
    case .gpt2:
      names.layerCount = ["n_layer", "num_hidden_layers"]
      names.hiddenSize = ["n_embd", "hidden_size"]
      names.intermediateSize = ["n_inner"]
      names.headCount = ["n_head", "num_attention_heads"]
      names.contextLength = ["n_positions", "max_position_embeddings", "n_ctx"]
      names.defaultContextLength = 1024
    case .t5, .mt5:
      names.layerCount = ["num_layers", "num_hidden_layers"]
      names.hiddenSize = ["d_model", "hidden_size"]
      names.intermediateSize = ["d_ff"]
      names.headCount = ["num_heads", "num_attention_heads"]
      names.headDimension = ["d_kv"]
      names.defaultHeadDimension = 64
      names.contextLength = ["n_positions"]
      names.defaultEpsilon = 1e-6
    case .mpt:
      names.layerCount = ["n_layers", "num_hidden_layers"]
      names.hiddenSize = ["d_model", "hidden_size"]
      names.headCount = ["n_heads", "num_attention_heads"]
      names.contextLength = ["max_seq_len"]
    case .falcon:
      names.hiddenSize = ["n_embed", "hidden_size"]
      names.intermediateSize = ["ffn_hidden_size"]
    case .starcoder2:
      names.defaultKeyValueHeadCount = 2
      names.defaultContextLength = 4096
    default: break
    }
    if [.bloom, .gpt2, .mpt, .falcon].contains(self) { names.defaultIntermediateShare = 4 }
    if [.bloom, .gpt2, .t5, .mt5, .mpt, .falcon, .gptNeoX].contains(self) {
      names.keyValueHeadCount = []
    }
    if [.bloom, .gpt2, .mpt, .falcon, .starcoder2].contains(self) { names.headDimension = [] }
    switch self {
    case .starcoder2: names.normEpsilon = ["norm_epsilon"]
    case .gptNeoX, .phi: names.normEpsilon = ["layer_norm_eps"]
    default: names.normEpsilon = ["layer_norm_epsilon"]
    }
  }
}
