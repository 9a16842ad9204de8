extension GGUFMetadata: ConfigKeys {}

extension ModelConfig {
  /// Reads the metadata of a GGUF file; what they leave open, its tensors tell.
  ///
  /// There is no configuration for an architecture that ``ModelFamily`` does not know.
  init?(_ metadata: GGUFMetadata, tensors: [TensorInfo]) throws(CheckpointError) {
    guard let architecture = try metadata.string("general.architecture"),
      let family = ModelFamily(ggufName: architecture)
    else { return nil }
    try self.init(GGUFModel(metadata, tensors, architecture: architecture), family)
  }

  private init(_ model: GGUFModel, _ family: ModelFamily) throws(CheckpointError) {
    try self.init(model.metadata, family, names: model.names(family))
    architecture = model.architecture
    let metadata = model.metadata
    beginTokenID = try metadata.optionalSize(
      "tokenizer.ggml.bos_token_id", in: ConfigBounds.token)
    endTokenIDs = [
      try metadata.optionalSize("tokenizer.ggml.eos_token_id", in: ConfigBounds.token)
    ].compactMap(\.self)
    if let width = model.innerWidth, family.ggufGuessesInnerWidth { intermediateSize = width }
    readBiases(model)
    if case .rotary = positions { positions = .rotary(try model.rotary(headDimension, family)) }
    window = try model.window(layerCount: layerCount, family)
    experts = try model.experts(intermediateSize: intermediateSize, layerCount: layerCount)
    queryKeyValueLimit = try metadata.positive(model.key("attention.clamp_kqv"))
    try read(model, family)
  }

  private mutating func readBiases(_ model: GGUFModel) {
    hasQueryKeyValueBias = model.has(.attn_q, .bias) || model.has(.attn_qkv, .bias)
    hasAttentionOutputBias = model.has(.attn_output, .bias)
    hasMLPBias = model.has(.ffn_up, .bias)
    hasHeadBias = model.has(.output, .bias)
    tiesWordEmbeddings = !model.has(.output, .weight)
    if normalization.hasWeight { normalization.hasBias = model.has(.attn_norm, .bias) }
  }

  /// Reads what only this family has.
  private mutating func read(_ model: GGUFModel, _ family: ModelFamily) throws(CheckpointError) {
    let metadata = model.metadata
    switch family {
    case .bloom:
      // The converter writes the width where it knows no length.
      if contextLength == hiddenSize { contextLength = 2048 }
    case .t5: try readT5(model)
    case .gptNeoX:
      let isParallel = try metadata.bool(model.key("use_parallel_residual")) ?? true
      residual = isParallel ? .parallel : .sequential
    case .gemma2:
      attentionSoftCap = try metadata.positive(model.key("attn_logit_softcapping")) ?? 50
      logitSoftCap = try metadata.positive(model.key("final_logit_softcapping")) ?? 30
      // Only the largest model scales by what its width leaves for a head; no key says it.
      if layerCount == 46 { attentionScale = 1 / Double(hiddenSize / headCount).squareRoot() }
    case .gemma3:
      attentionSoftCap = try metadata.positive(model.key("attn_logit_softcapping"))
      logitSoftCap = try metadata.positive(model.key("final_logit_softcapping"))
      if layerCount == 62 { attentionScale = 1 / Double(hiddenSize / headCount).squareRoot() }
      let theta = try metadata.positive(model.key("rope.freq_base_swa"))
      windowPositions = RotaryPositions(dimension: headDimension, theta: theta ?? 10_000)
    case .falcon: residual = model.has(.attn_norm_2, .weight) ? .parallel : .parallelWithSharedNorm
    case .mpt:
      // As for `config.json`, the key says only whether there is a bias.
      let key = model.key("attention.max_alibi_bias")
      let bias = try metadata.number(key) ?? 0
      guard bias > 0, bias.isFinite else {
        throw metadata.invalid(key, "\(bias)", expected: "a number above 0")
      }
    default: break
    }
  }

  private mutating func readT5(_ model: GGUFModel) throws(CheckpointError) {
    encoderLayerCount = layerCount
    layerCount =
      try model.metadata.optionalSize(model.key("decoder_block_count"), in: ConfigBounds.layers)
      ?? layerCount
    isGated = model.has(.ffn_gate, .weight)
    activation = isGated ? .geluTanh : .relu
    // Nothing says it: only the first T5 scales, and only it has no gates.
    headInputScale = isGated ? 1 : 1 / Double(hiddenSize).squareRoot()
    let buckets = try model.metadata.optionalSize(
      model.key("attention.relative_buckets_count"), in: ConfigBounds.buckets)
    positions = .relative(
      try .init(bucketCount: buckets ?? 32, maximumDistance: 128, model.metadata))
    decoderStartTokenID =
      try model.metadata.optionalSize(
        model.key("decoder_start_token_id"), in: ConfigBounds.token) ?? 0
  }
}

extension ModelFamily {
  /// Whether the converter writes four times the width as the width inside the feed-forward part,
  /// whatever it is.
  fileprivate var ggufGuessesInnerWidth: Bool {
    [.bloom, .gpt2, .phi, .falcon, .mpt].contains(self)
  }
}

/// The metadata of a GGUF file and what its tensors tell beside them.
private struct GGUFModel {
  let metadata: GGUFMetadata
  let architecture: String
  private var weights: Set<Role.Component> = []
  private var biases: Set<Role.Component> = []
  private var layersWithExperts: Set<Int> = []
  private var embeddingRows: Int?
  /// The width inside the feed-forward part, as its second projection has it.
  private(set) var innerWidth: Int?

  init(_ metadata: GGUFMetadata, _ tensors: [TensorInfo], architecture: String) {
    self.metadata = metadata
    self.architecture = architecture
    for tensor in tensors {
      guard let role = tensor.role else { continue }
      if role.parameter == .bias {
        biases.insert(role.component)
        continue
      }
      weights.insert(role.component)
      switch role.component {
      case .token_embd: embeddingRows = tensor.rowCount
      case .ffn_down: innerWidth = tensor.shape.last
      case .ffn_gate_inp: if let layer = role.layer { layersWithExperts.insert(layer) }
      default: break
      }
    }
  }

  /// Whether any layer, or the model, has such a tensor.
  func has(_ component: Role.Component, _ parameter: Role.Parameter) -> Bool {
    (parameter == .bias ? biases : weights).contains(component)
  }

  /// The architecture's key of a name.
  func key(_ name: String) -> String { "\(architecture).\(name)" }

  /// The keys of what all models have.
  func names(_ family: ModelFamily) throws(CheckpointError) -> ConfigNames {
    var names = ConfigNames()
    names.layerCount = [key("block_count")]
    names.hiddenSize = [key("embedding_length")]
    names.intermediateSize = [key("feed_forward_length")]
    names.headCount = [key("attention.head_count")]
    names.keyValueHeadCount = [key("attention.head_count_kv")]
    names.headDimension = [key("attention.key_length")]
    names.contextLength = [key("context_length")]
    names.normEpsilon = [
      key("attention.layer_norm_rms_epsilon"), key("attention.layer_norm_epsilon"),
    ]
    names.vocabularySize = [key("vocab_size")]
    names.defaultEpsilon = 1e-5
    names.defaultVocabularySize =
      try metadata.array("tokenizer.ggml.tokens")?.count ?? embeddingRows
    return names
  }

  /// The rotary positions, of layers without a window where there are two kinds.
  func rotary(
    _ headDimension: Int, _ family: ModelFamily
  ) throws(CheckpointError) -> ModelConfig.RotaryPositions {
    var rotary = ModelConfig.RotaryPositions(dimension: headDimension)
    let dimensionKey = key("rope.dimension_count")
    if let dimension = try metadata.integer(dimensionKey) {
      rotary.dimension = try metadata.rotaryDimension(
        dimension, ofHead: headDimension, key: dimensionKey)
    }
    rotary.theta = try metadata.positive(key("rope.freq_base")) ?? 10_000
    rotary.scaling = try scaling()
    try metadata.check(rotary, key: key("rope.freq_base"))
    return rotary
  }

  private func scaling() throws(CheckpointError) -> ModelConfig.RotaryScaling? {
    if has(.rope_freqs, .weight) { return .divisors }
    let first = try metadata.optionalSize(
      key("rope.scaling.original_context_length"), in: ConfigBounds.context)
    let context = try metadata.optionalSize(key("context_length"), in: ConfigBounds.context)
    let contextLength = first ?? context ?? 2048
    let extra = try metadata.positive(key("rope.scaling.attn_factor"))
    if has(.rope_factors_short, .weight), has(.rope_factors_long, .weight) {
      return .longRope(
        .init(divisors: nil, contextLength: contextLength, attentionFactor: extra ?? 1))
    }
    let newFactor = try metadata.positive(key("rope.scaling.factor"))
    let oldFactor = try metadata.positive(key("rope.scale_linear"))
    guard let factor = newFactor ?? oldFactor, factor != 1 else { return nil }
    switch try metadata.string(key("rope.scaling.type")) ?? "linear" {
    case "none": return nil
    case "linear": return .linear(factor: factor)
    case "yarn":
      let own = try metadata.positive(key("rope.scaling.yarn_attn_factor"))
      return .yarn(
        .init(
          factor: factor, contextLength: contextLength,
          fastBeta: try metadata.positive(key("rope.scaling.yarn_beta_fast")) ?? 32,
          slowBeta: try metadata.positive(key("rope.scaling.yarn_beta_slow")) ?? 1,
          attentionFactor: own ?? ModelConfig.YarnScaling.attentionFactor(factor) * (extra ?? 1)))
    case let other: return .other(other)
    }
  }

  /// The window of layers that attend only to the nearest positions.
  func window(
    layerCount: Int, _ family: ModelFamily
  ) throws(CheckpointError) -> ModelConfig.SlidingWindow? {
    let stated = try metadata.integer(key("attention.sliding_window"))
    // Zero is written for none.
    let size = stated ?? (family == .gemma2 ? 4096 : 0)
    guard size != 0 else { return nil }
    guard ConfigBounds.context.contains(size) else {
      throw metadata.invalid(key("attention.sliding_window"), "\(size)", expected: "a length")
    }
    return ModelConfig.SlidingWindow(
      size: size, layers: try windowedLayers(layerCount: layerCount, family))
  }

  private func windowedLayers(
    layerCount: Int, _ family: ModelFamily
  ) throws(CheckpointError) -> [Bool] {
    let patternKey = key("attention.sliding_window_pattern")
    if let flags = try metadata.flags(patternKey) {
      guard flags.count == layerCount else {
        throw metadata.invalid(
          patternKey, "\(flags.count) layers", expected: "\(layerCount) layers")
      }
      return flags
    }
    // Of so many layers, the last has no window.
    let period: Int? =
      switch family {
      case .gemma2: 2
      case .gemma3: 6
      default: nil
      }
    return (0..<layerCount).map { layer in period.map { (layer + 1) % $0 != 0 } ?? true }
  }

  /// The experts; `nil` where there are none.
  func experts(
    intermediateSize: Int, layerCount: Int
  ) throws(CheckpointError) -> ModelConfig.Experts? {
    guard let count = try metadata.integer(key("expert_count")), count != 0 else { return nil }
    guard ConfigBounds.experts.contains(count) else {
      throw metadata.invalid(key("expert_count"), "\(count)", expected: "1 to 100000")
    }
    let usedKey = key("expert_used_count")
    let used = try metadata.size(usedKey, in: ConfigBounds.experts)
    guard used <= count else {
      throw metadata.invalid(usedKey, "\(used)", expected: "at most the \(count) experts")
    }
    let width = try metadata.optionalSize(
      key("expert_feed_forward_length"), in: ConfigBounds.width)
    let isNormalized = try metadata.bool(key("expert_weights_norm"))
    return ModelConfig.Experts(
      count: count, usedCount: used, intermediateSize: width ?? intermediateSize,
      normalizesWeights: isNormalized ?? (architecture == "llama"),
      sharedIntermediateSize: try metadata.optionalSize(
        key("expert_shared_feed_forward_length"), in: ConfigBounds.width),
      layers: (0..<layerCount).map(layersWithExperts.contains))
  }
}
