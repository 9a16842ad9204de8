extension GGUFMetadata: ConfigKeys {}

extension ModelConfig {
  /// Reads the metadata of a GGUF file; what they leave open, its tensors tell.
  ///
  /// There is no configuration for an architecture other than LLaMA.
  init?(_ metadata: GGUFMetadata, tensors: [TensorInfo]) throws(CheckpointError) {
    let architecture = try metadata.string("general.architecture")
    guard architecture == "llama" else { return nil }
    func has(_ component: Role.Component, _ parameter: Role.Parameter) -> Bool {
      tensors.contains { $0.role?.component == component && $0.role?.parameter == parameter }
    }
    let embedding = tensors.first { $0.role?.component == .token_embd }
    let stated = try metadata.optionalSize("llama.vocab_size", in: ConfigBounds.vocabulary)
    let tokenCount = try metadata.array("tokenizer.ggml.tokens")?.count
    guard let vocabularySize = stated ?? tokenCount ?? embedding?.rowCount else {
      throw metadata.error(.missingKey("llama.vocab_size"), key: "llama.vocab_size")
    }
    try self.init(
      metadata, names: Self.ggufNames, vocabularySize: vocabularySize,
      defaultContextLength: 2048, defaultEpsilon: 1e-5)
    hasAttentionBias = has(.attn_q, .bias)
    hasMLPBias = has(.ffn_up, .bias)
    tiesWordEmbeddings = !has(.output, .weight)
    let begin = try metadata.optionalSize("tokenizer.ggml.bos_token_id", in: ConfigBounds.token)
    let end = try metadata.optionalSize("tokenizer.ggml.eos_token_id", in: ConfigBounds.token)
    beginTokenID = begin
    endTokenIDs = end.map { [$0] } ?? []
    let rotaryKey = "llama.rope.dimension_count"
    if let dimension = try metadata.integer(rotaryKey) {
      try setRotaryDimension(dimension, metadata, key: rotaryKey)
    }
    ropeTheta = try metadata.positive("llama.rope.freq_base") ?? 10_000
    ropeScaling =
      has(.rope_freqs, .weight)
      ? RopeScaling(type: RopeScaling.tensorType) : try Self.ropeScaling(metadata)
  }

  private static let ggufNames = ConfigNames(
    layerCount: "llama.block_count", hiddenSize: "llama.embedding_length",
    intermediateSize: "llama.feed_forward_length", headCount: "llama.attention.head_count",
    keyValueHeadCount: "llama.attention.head_count_kv",
    headDimension: "llama.attention.key_length", contextLength: "llama.context_length",
    rmsNormEpsilon: "llama.attention.layer_norm_rms_epsilon")

  private static func ropeScaling(
    _ metadata: GGUFMetadata
  ) throws(CheckpointError) -> RopeScaling? {
    if let factor = try metadata.positive("llama.rope.scale_linear"), factor != 1 {
      return RopeScaling(type: "linear", parameters: ["factor": factor])
    }
    guard let type = try metadata.string("llama.rope.scaling.type"), type != "none" else {
      return nil
    }
    let keys = [
      ("factor", "llama.rope.scaling.factor"),
      ("attention_factor", "llama.rope.scaling.attn_factor"),
      ("original_max_position_embeddings", "llama.rope.scaling.original_context_length"),
    ]
    var parameters: [String: Double] = [:]
    for (name, key) in keys { parameters[name] = try metadata.number(key) }
    return RopeScaling(type: type, parameters: parameters)
  }
}
