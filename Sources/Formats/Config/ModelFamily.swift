/// A family of models whose configurations are understood, named as `config.json` names it.
enum ModelFamily: String, CaseIterable {
  case llama, mistral, mixtral, bloom, t5, mt5, gpt2
  case gptNeoX = "gpt_neox"
  case qwen2, qwen3
  case qwen2MoE = "qwen2_moe"
  case gemma, gemma2
  case gemma3 = "gemma3_text"
  case phi, phi3, olmo, olmo2, falcon, mpt, starcoder2

  /// The family of a `config.json`.
  init?(configName name: String) {
    self.init(rawValue: name == "gemma3" ? Self.gemma3.rawValue : name)
  }

  /// The family of a GGUF file; those that llama.cpp runs as LLaMA are that.
  init?(ggufName name: String) {
    switch name {
    case "gptneox": self = .gptNeoX
    case "qwen2moe": self = .qwen2MoE
    case "gemma3": self = .gemma3
    case "phi2": self = .phi
    case "llama", "bloom", "t5", "gpt2", "qwen2", "qwen3", "gemma", "gemma2", "phi3", "olmo",
      "olmo2", "falcon", "mpt", "starcoder2":
      self.init(rawValue: name)
    default: return nil
    }
  }

  /// Sets what all models of the family have in common.
  func setTraits(_ config: inout ModelConfig) {
    setNorms(&config)
    setAttention(&config)
    setFeedForward(&config)
  }

  private func setNorms(_ config: inout ModelConfig) {
    switch self {
    case .bloom, .gpt2, .gptNeoX, .phi, .falcon, .starcoder2:
      config.normalization.kind = .layer
      config.normalization.hasBias = true
    case .mpt: config.normalization.kind = .layer
    case .olmo:
      config.normalization.kind = .layer
      config.normalization.hasWeight = false
    case .gemma, .gemma2, .gemma3: config.normalization.weightOffset = 1
    default: break
    }
    switch self {
    case .gemma2, .gemma3: config.normPlacement = .beforeAndAfter
    case .olmo2: config.normPlacement = .after
    default: break
    }
    if self == .phi { config.residual = .parallelWithSharedNorm }
    config.hasEmbeddingNorm = self == .bloom
    if [.gemma, .gemma2, .gemma3].contains(self) {
      config.embeddingScale = Double(config.hiddenSize).squareRoot()
    }
  }

  private func setAttention(_ config: inout ModelConfig) {
    switch self {
    case .bloom, .mpt: config.positions = .alibi(.init())
    case .gpt2: config.positions = .learned
    case .t5, .mt5:
      config.positions = .relative(.init(bucketCount: 32, maximumDistance: 128))
      config.attentionScale = 1
    default: break
    }
    switch self {
    case .qwen3, .gemma3: config.queryKeyNorm = .perHead
    case .olmo2: config.queryKeyNorm = .wholeWidth
    default: break
    }
    switch self {
    case .bloom, .gpt2, .gptNeoX, .phi, .starcoder2:
      config.hasQueryKeyValueBias = true
      config.hasAttentionOutputBias = true
    case .qwen2, .qwen2MoE: config.hasQueryKeyValueBias = true
    default: break
    }
    config.fusedOrder = [.bloom, .gptNeoX, .falcon].contains(self) ? .grouped : .stacked
  }

  private func setFeedForward(_ config: inout ModelConfig) {
    switch self {
    case .bloom, .gpt2, .starcoder2, .gemma, .gemma2, .gemma3, .phi: config.activation = .geluTanh
    case .gptNeoX, .falcon, .mpt: config.activation = .gelu
    default: break
    }
    switch self {
    case .bloom, .gpt2, .gptNeoX, .phi, .falcon, .mpt, .starcoder2: config.isGated = false
    default: break
    }
    config.hasMLPBias = [.bloom, .gpt2, .gptNeoX, .phi, .starcoder2].contains(self)
    config.hasFusedGate = self == .phi3
    config.hasTransposedLinears = self == .gpt2
    config.hasHeadBias = self == .phi
  }
}

extension ModelConfig {
  /// The architectures whose configurations are understood, as `config.json` names them.
  public static let architectures = ModelFamily.allCases.map(\.rawValue).sorted()
}
