import Core

// What each family has in its `config.json` beside the sizes.

extension ConfigFile {
  /// A switch that is off where it is absent.
  func flag(_ key: String) throws(CheckpointError) -> Bool { try bool(key) ?? false }

  /// A number above 0; one value where the key is absent, and none where it is `null`.
  fileprivate func positive(
    _ key: String, default fallback: Double
  ) throws(CheckpointError) -> Double? {
    holds(key) ? try positive(key) : fallback
  }

  /// The activation that a key names.
  fileprivate func activation(
    _ key: String, default fallback: ModelConfig.Activation
  ) throws(CheckpointError) -> ModelConfig.Activation {
    try string(key).map(ModelConfig.Activation.init(huggingFaceName:)) ?? fallback
  }

  /// Which layers `layer_types` gives a window; `nil` where it is absent.
  fileprivate func windowedLayers(count: Int) throws(CheckpointError) -> [Bool]? {
    let key = "layer_types"
    guard let types = try strings(key) else { return nil }
    guard types.count == count else {
      throw invalid(key, "\(types.count) layers", expected: "\(count) layers")
    }
    if let other = types.first(where: { $0 != "sliding_attention" && $0 != "full_attention" }) {
      throw invalid(key, other, expected: "'sliding_attention' or 'full_attention'")
    }
    return types.map { $0 == "sliding_attention" }
  }

  /// The window of the layers that have it; `nil` where `sliding_window` is `null`, or absent without
  /// a default.
  fileprivate func window(
    default fallback: Int? = nil, layers: [Bool]
  ) throws(CheckpointError) -> ModelConfig.SlidingWindow? {
    let key = "sliding_window"
    let size = holds(key) ? try optionalSize(key, in: ConfigBounds.context) : fallback
    guard let size, layers.contains(true) else { return nil }
    return ModelConfig.SlidingWindow(size: size, layers: layers)
  }
}

extension ModelConfig {
  private var everyLayer: [Bool] { Array(repeating: true, count: layerCount) }

  private mutating func readRotary(
    _ file: ConfigFile, _ defaults: ConfigFile.RotaryDefaults = .init()
  ) throws(CheckpointError) {
    positions = .rotary(
      try file.rotary(
        headDimension: headDimension, contextLength: contextLength, defaults: defaults))
  }

  private mutating func readAttentionBias(
    _ file: ConfigFile, _ key: String = "attention_bias", default fallback: Bool = false
  ) throws(CheckpointError) {
    let hasBias = try file.bool(key) ?? fallback
    hasQueryKeyValueBias = hasBias
    hasAttentionOutputBias = hasBias
  }

  mutating func readLLaMA(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    try readAttentionBias(file)
    hasMLPBias = try file.flag("mlp_bias")
    try readRotary(file)
  }

  mutating func readMistral(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    window = try file.window(default: 4096, layers: everyLayer)
    try readRotary(file)
  }

  mutating func readMixtral(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    window = try file.window(layers: everyLayer)
    try readRotary(file, .init(theta: 1e6))
    experts = try file.experts(
      countKey: "num_local_experts", defaultCount: 8, defaultUsedCount: 2,
      width: intermediateSize, layers: everyLayer)
    experts?.normalizesWeights = true
  }

  mutating func readT5(_ file: ConfigFile, isT5: Bool) throws(CheckpointError) {
    encoderLayerCount = layerCount
    layerCount =
      try file.optionalSize("num_decoder_layers", in: ConfigBounds.layers) ?? layerCount
    let kind = try file.string("feed_forward_proj") ?? (isT5 ? "relu" : "gated-gelu")
    isGated = kind.hasPrefix("gated-")
    let name = isGated ? String(kind.dropFirst("gated-".count)) : kind
    // This one spelling means the approximation.
    activation = kind == "gated-gelu" ? .geluTanh : Activation(huggingFaceName: name)
    positions = .relative(
      try .init(
        bucketCount: file.optionalSize(
          "relative_attention_num_buckets", in: ConfigBounds.buckets) ?? 32,
        maximumDistance: file.optionalSize(
          "relative_attention_max_distance", in: ConfigBounds.context) ?? 128, file))
    if isT5 {
      // The first T5 shared its head and scaled; its successors say that they do not share.
      let isScaled = try file.bool("scale_decoder_outputs") ?? tiesWordEmbeddings
      headInputScale = isScaled ? 1 / Double(hiddenSize).squareRoot() : 1
    }
    let start = try file.optionalSize("decoder_start_token_id", in: ConfigBounds.token)
    let padding = try file.optionalSize("pad_token_id", in: ConfigBounds.token)
    decoderStartTokenID = start ?? padding ?? 0
  }

  mutating func readGPT2(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("activation_function", default: .geluTanh)
    if !(try file.bool("scale_attn_weights") ?? true) { attentionScale = 1 }
    dividesScaleByLayer = try file.flag("scale_attn_by_inverse_layer_idx")
    try file.require("add_cross_attention", false)
  }

  mutating func readNeoX(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .gelu)
    residual = try file.bool("use_parallel_residual") ?? true ? .parallel : .sequential
    try readAttentionBias(file, default: true)
    try readRotary(
      file, .init(share: 0.25, thetaKey: "rotary_emb_base", shareKey: "rotary_pct"))
  }

  mutating func readQwen(_ file: ConfigFile, isThird: Bool) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    if isThird { try readAttentionBias(file) }
    if try file.flag("use_sliding_window") {
      let first = try file.integer("max_window_layers") ?? 28
      let layers = try file.windowedLayers(count: layerCount)
      window = try file.window(
        default: 4096, layers: layers ?? (0..<layerCount).map { $0 >= first })
    }
    try readRotary(file)
  }

  mutating func readQwenMoE(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    hasQueryKeyValueBias = try file.bool("qkv_bias") ?? true
    if try file.flag("use_sliding_window") {
      let end = try file.integer("max_window_layers") ?? 28
      let layers = try file.windowedLayers(count: layerCount)
      window = try file.window(
        default: 4096, layers: layers ?? (0..<layerCount).map { $0 % 2 == 0 && $0 < end })
    }
    try readRotary(file)
    let step = try file.optionalSize("decoder_sparse_step", in: ConfigBounds.layers) ?? 1
    let dense = Set(try file.numbers("mlp_only_layers") ?? [])
    experts = try file.experts(
      countKey: "num_experts", defaultCount: 60, defaultUsedCount: 4,
      width: try file.optionalSize("moe_intermediate_size", in: ConfigBounds.width) ?? 1408,
      layers: (0..<layerCount).map { ($0 + 1) % step == 0 && !dense.contains(Double($0)) })
    experts?.normalizesWeights = try file.flag("norm_topk_prob")
    experts?.sharedIntermediateSize =
      try file.optionalSize("shared_expert_intermediate_size", in: ConfigBounds.width) ?? 5632
  }

  mutating func readGemma(_ file: ConfigFile) throws(CheckpointError) {
    let old = try file.string("hidden_act")
    let name = try file.string("hidden_activation") ?? old ?? "gelu"
    // The first configurations meant the approximation.
    activation = name == "gelu" ? .geluTanh : Activation(huggingFaceName: name)
    try file.require("use_bidirectional_attention", false)
    try readAttentionBias(file)
    try readRotary(file)
  }

  /// Reads what Gemma 2 and 3 have in common.
  private mutating func readLaterGemma(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_activation", default: .geluTanh)
    try file.require("use_bidirectional_attention", false)
    try readAttentionBias(file)
    attentionScale = 1 / (try file.positive("query_pre_attn_scalar") ?? 256).squareRoot()
  }

  mutating func readGemma2(_ file: ConfigFile) throws(CheckpointError) {
    try readLaterGemma(file)
    attentionSoftCap = try file.positive("attn_logit_softcapping", default: 50)
    logitSoftCap = try file.positive("final_logit_softcapping", default: 30)
    let layers = try file.windowedLayers(count: layerCount)
    window = try file.window(
      default: 4096, layers: layers ?? (0..<layerCount).map { $0 % 2 == 0 })
    try readRotary(file)
  }

  mutating func readGemma3(_ file: ConfigFile) throws(CheckpointError) {
    try readLaterGemma(file)
    attentionSoftCap = try file.positive("attn_logit_softcapping")
    logitSoftCap = try file.positive("final_logit_softcapping")
    let period = try file.optionalSize("sliding_window_pattern", in: ConfigBounds.layers) ?? 6
    let layers = try file.windowedLayers(count: layerCount)
    window = try file.window(
      default: 4096, layers: layers ?? (0..<layerCount).map { ($0 + 1) % period != 0 })
    positions = .rotary(
      try file.rotary(
        headDimension: headDimension, contextLength: contextLength, layerKind: "full_attention",
        defaults: .init(theta: 1e6)))
    windowPositions = try file.rotary(
      headDimension: headDimension, contextLength: contextLength, layerKind: "sliding_attention",
      defaults: .init(thetaKey: "rope_local_base_freq", hasOldScaling: false))
  }

  mutating func readPhi(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .geluTanh)
    queryKeyNorm = try file.flag("qk_layernorm") ? .perHead : nil
    try readRotary(file, .init(share: 0.5))
  }

  mutating func readPhi3(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    window = try file.window(layers: everyLayer)
    try readRotary(file, .init(meansLongRopeByYarn: true))
  }

  mutating func readOLMo(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .silu)
    try readAttentionBias(file)
    queryKeyValueLimit = try file.positive("clip_qkv")
    try readRotary(file)
  }

  mutating func readFalcon(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("activation", default: .gelu)
    let isNew = try file.flag("new_decoder_architecture")
    let isParallel = try file.bool("parallel_attn") ?? true
    let normCount = try file.optionalSize("num_ln_in_parallel_attn", in: 1...2)
    if isNew { try file.require("parallel_attn", true) }
    if !isNew, isParallel { try file.require("num_ln_in_parallel_attn", 1) }
    residual =
      !isParallel ? .sequential : isNew && normCount != 1 ? .parallel : .parallelWithSharedNorm
    let isShared = try file.bool("multi_query") ?? true
    keyValueHeadCount = try falconKeyValueHeadCount(file, isNew: isNew, isShared: isShared)
    try readAttentionBias(file, "bias")
    hasMLPBias = hasQueryKeyValueBias
    if try file.flag("alibi") {
      positions = .alibi(.init(isScaled: true, isRounded: true))
    } else {
      try readRotary(file)
    }
  }

  private func falconKeyValueHeadCount(
    _ file: ConfigFile, isNew: Bool, isShared: Bool
  ) throws(CheckpointError) -> Int {
    if !isNew { return isShared ? 1 : headCount }
    let key = "num_kv_heads"
    let count = try file.optionalSize(key, in: ConfigBounds.heads) ?? headCount
    guard headCount % count == 0 else {
      throw file.invalid(key, "\(count)", expected: "a divisor of the \(headCount) heads")
    }
    return count
  }

  mutating func readMPT(_ file: ConfigFile) throws(CheckpointError) {
    try file.require("no_bias", true)
    try file.require("logit_scale", nil)
    if let share = try file.optionalSize("expansion_ratio", in: 1...1024) {
      intermediateSize = share * hiddenSize
    }
    guard let attention = try file.object("attn_config") else { return }
    try attention.require("alibi", true)
    try attention.require("qk_ln", false)
    try attention.require("prefix_lm", false)
    try attention.require("attn_type", "multihead_attention")
    queryKeyValueLimit = try attention.positive("clip_qkv")
    attentionScale = try attention.positive("softmax_scale") ?? attentionScale
    // transformers computes with the default whatever `alibi_bias_max` says.
  }

  mutating func readStarCoder(_ file: ConfigFile) throws(CheckpointError) {
    activation = try file.activation("hidden_act", default: .geluTanh)
    try readAttentionBias(file, "use_bias", default: true)
    hasMLPBias = hasQueryKeyValueBias
    window = try file.window(layers: everyLayer)
    try readRotary(file)
  }
}

extension ModelConfig.RelativePositions {
  /// Checks that the buckets reach less far than the greatest distance.
  init(
    bucketCount: Int, maximumDistance: Int, _ keys: some ConfigKeys
  ) throws(CheckpointError) {
    let key = "relative_attention_max_distance"
    // A decoder has one bucket for each of the nearer half.
    guard maximumDistance > bucketCount / 2 else {
      throw keys.invalid(key, "\(maximumDistance)", expected: "more than \(bucketCount / 2)")
    }
    self.init(bucketCount: bucketCount, maximumDistance: maximumDistance)
  }
}

extension ConfigFile {
  /// The experts; how they are weighed is set afterwards.
  fileprivate func experts(
    countKey: String, defaultCount: Int, defaultUsedCount: Int, width: Int, layers: [Bool]
  ) throws(CheckpointError) -> ModelConfig.Experts? {
    let count = try optionalSize(countKey, in: ConfigBounds.experts) ?? defaultCount
    let key = "num_experts_per_tok"
    let used = try optionalSize(key, in: ConfigBounds.experts) ?? defaultUsedCount
    guard used <= count else {
      throw invalid(key, "\(used)", expected: "at most the \(count) experts")
    }
    guard layers.contains(true) else { return nil }
    return ModelConfig.Experts(
      count: count, usedCount: used, intermediateSize: width, normalizesWeights: false,
      layers: layers)
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
