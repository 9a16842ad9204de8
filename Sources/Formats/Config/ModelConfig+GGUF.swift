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
    hasQueryKeyValueBias = has(.attn_q, .bias)
    hasAttentionOutputBias = has(.attn_output, .bias)
    hasMLPBias = has(.ffn_up, .bias)
    tiesWordEmbeddings = !has(.output, .weight)
    let begin = try metadata.optionalSize("tokenizer.ggml.bos_token_id", in: ConfigBounds.token)
    let end = try metadata.optionalSize("tokenizer.ggml.eos_token_id", in: ConfigBounds.token)
    beginTokenID = begin
    endTokenIDs = end.map { [$0] } ?? []
    var rotary = RotaryPositions(dimension: headDimension)
    let rotaryKey = "llama.rope.dimension_count"
    if let dimension = try metadata.integer(rotaryKey) {
      rotary.dimension = try metadata.rotaryDimension(
        dimension, ofHead: headDimension, key: rotaryKey)
    }
    rotary.theta = try metadata.positive("llama.rope.freq_base") ?? 10_000
    rotary.scaling = has(.rope_freqs, .weight) ? .divisors : try Self.ropeScaling(metadata)
    positions = .rotary(rotary)
  }

  private static let ggufNames = ConfigNames(
    layerCount: "llama.block_count", hiddenSize: "llama.embedding_length",
    intermediateSize: "llama.feed_forward_length", headCount: "llama.attention.head_count",
    keyValueHeadCount: "llama.attention.head_count_kv",
    headDimension: "llama.attention.key_length", contextLength: "llama.context_length",
    normEpsilon: "llama.attention.layer_norm_rms_epsilon")

  private static func ropeScaling(
    _ metadata: GGUFMetadata
  ) throws(CheckpointError) -> RotaryScaling? {
    if let factor = try metadata.positive("llama.rope.scale_linear"), factor != 1 {
      return .linear(factor: factor)
    }
    guard let type = try metadata.string("llama.rope.scaling.type"), type != "none" else {
      return nil
    }
    if type == "linear", let factor = try metadata.positive("llama.rope.scaling.factor") {
      return .linear(factor: factor)
    }
    return .other(type)
  }
}
