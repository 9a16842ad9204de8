import Core
import TestSupport
import Testing

@testable import Formats

/// Configurations as they are published, with all that they leave out, and wrong ones.
@Suite struct FamilyConfigTests {
  /// The configuration of a text without its outer braces.
  private func config(_ text: String) throws -> ModelConfig {
    let document = try JSONValue(parsing: Array("{\(text)}".utf8))
    return try #require(try ModelConfig(ConfigFile(path: "config.json", document: document)))
  }

  private static let sizes = """
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4, \
    "num_attention_heads": 8, "vocab_size": 512
    """

  private func sized(_ family: String, _ more: String = "") throws -> ModelConfig {
    try config("\"model_type\": \"\(family)\", \(Self.sizes)\(more.isEmpty ? "" : ", \(more)")")
  }

  @Test func bloomOfTwoAges() throws {
    let old = try config(
      """
      "model_type": "bloom", "n_embed": 64, "n_layer": 3, "num_attention_heads": 16, \
      "vocab_size": 512, "n_inner": null, "seq_length": 4096
      """)
    let new = try config(
      """
      "model_type": "bloom", "hidden_size": 64, "n_layer": 3, "n_head": 16, "vocab_size": 512, \
      "seq_length": 4096
      """)
    #expect(old == new)
    #expect(old.intermediateSize == 256 && old.headDimension == 4 && old.contextLength == 4096)
    #expect(old.tiesWordEmbeddings && !old.addsToNormalizedInput)
  }

  @Test func gemma3InsideAModelThatSees() throws {
    let config = try config(
      """
      "model_type": "gemma3", "eos_token_id": [1, 106], "vision_config": {"hidden_size": 7}, \
      "text_config": {"model_type": "gemma3_text", "hidden_size": 2560, \
      "intermediate_size": 10240, "num_hidden_layers": 7, "sliding_window": 1024, \
      "rope_scaling": {"factor": 8.0, "rope_type": "linear"}}
      """)
    #expect(config.architecture == "gemma3")
    #expect(config.headCount == 8 && config.keyValueHeadCount == 4 && config.headDimension == 256)
    #expect(config.vocabularySize == 262_208 && config.contextLength == 131_072)
    #expect(config.attentionScale == 1.0 / 16)
    #expect(config.endTokenIDs == [1, 106])
    #expect(config.rotary == .init(dimension: 256, theta: 1e6, scaling: .linear(factor: 8)))
    #expect(config.windowPositions == .init(dimension: 256, theta: 10_000))
    #expect(
      config.window == .init(size: 1024, layers: [true, true, true, true, true, false, true]))
  }

  @Test func absentFieldsAreThoseOfTransformers() throws {
    #expect(try sized("mistral").window == .init(size: 4096, layers: [true, true, true, true]))
    #expect(try sized("mistral", "\"sliding_window\": null").window == nil)
    #expect(try sized("mistral").keyValueHeadCount == 8)
    #expect(try sized("gemma2").attentionSoftCap == 50)
    #expect(try sized("gemma2").logitSoftCap == 30)
    #expect(try sized("gemma2", "\"final_logit_softcapping\": null").logitSoftCap == nil)
    #expect(try sized("gemma2").window?.layers == [true, false, true, false])
    #expect(try sized("gemma", "\"hidden_act\": \"gelu\"").activation == .geluTanh)
    #expect(try sized("qwen2", "\"sliding_window\": 9").window == nil)
    #expect(try sized("qwen3").headDimension == 128)
    #expect(try sized("qwen3").hasQueryKeyValueBias == false)
    #expect(try sized("gpt_neox").rotary?.dimension == 2)
    #expect(try sized("gpt_neox").residual == .parallel)
    #expect(try sized("phi").rotary?.dimension == 4)
    #expect(try sized("olmo").normalization.epsilon == 1e-5)
    #expect(try sized("mixtral").rotary?.theta == 1e6)
    #expect(try sized("mixtral").experts?.count == 8)
    #expect(try sized("starcoder2").keyValueHeadCount == 2)
    #expect(try sized("falcon").keyValueHeadCount == 1)
    #expect(try sized("falcon", "\"multi_query\": false").keyValueHeadCount == 8)
    #expect(try sized("llama", "\"hidden_act\": \"mish\"").activation == .other("mish"))
    let mpt = try config(
      "\"model_type\": \"mpt\", \"d_model\": 64, \"n_heads\": 8, \"n_layers\": 2, \"vocab_size\": 9"
    )
    #expect(mpt.positions == .alibi(.init()) && mpt.intermediateSize == 256)
  }

  private static let t5 = """
    "d_model": 64, "d_ff": 96, "num_layers": 2, "num_heads": 8, "vocab_size": 512
    """

  /// Only what says of itself that it is T5, and does not say that its head is its own, scales.
  @Test func headScalingOfT5() throws {
    func scale(_ family: String, _ more: String) throws -> Double {
      try config("\"model_type\": \"\(family)\", \(Self.t5)\(more)").headInputScale
    }
    #expect(try scale("t5", "") == 0.125)
    #expect(try scale("t5", ", \"tie_word_embeddings\": true") == 0.125)
    #expect(try scale("t5", ", \"tie_word_embeddings\": false") == 1)
    let saved = ", \"tie_word_embeddings\": true, \"scale_decoder_outputs\": false"
    #expect(try scale("t5", saved) == 1)
    #expect(try scale("mt5", ", \"tie_word_embeddings\": true") == 1)
    let gated = try config(
      "\"model_type\": \"t5\", \(Self.t5), \"feed_forward_proj\": \"gated-silu\"")
    #expect(gated.isGated && gated.activation == .silu && gated.headDimension == 64)
  }

  @Test(arguments: [
    (
      "qwen3", "\"use_sliding_window\": true, \"layer_types\": [\"full_attention\"]", "layer_types",
      "1 layers", "4 layers"
    ),
    (
      "gemma2",
      "\"layer_types\": [\"linear\", \"full_attention\", \"full_attention\", \"full_attention\"]",
      "layer_types", "linear", "'sliding_attention' or 'full_attention'"
    ),
    (
      "gemma2", "\"layer_types\": \"full_attention\"", "layer_types", "\"full_attention\"",
      "a list of strings"
    ),
    ("gemma2", "\"sliding_window\": 0", "sliding_window", "0", "1 to 1099511627776"),
    (
      "gemma2", "\"attn_logit_softcapping\": 0", "attn_logit_softcapping", "0.0",
      "a number above 0"
    ),
    (
      "gemma3_text", "\"use_bidirectional_attention\": true", "use_bidirectional_attention", "true",
      "false"
    ),
    ("gemma3_text", "\"sliding_window_pattern\": 0", "sliding_window_pattern", "0", "1 to 100000"),
    (
      "mixtral", "\"num_experts_per_tok\": 9", "num_experts_per_tok", "9",
      "at most the 8 experts"
    ),
    ("mixtral", "\"num_local_experts\": 0", "num_local_experts", "0", "1 to 100000"),
    ("qwen2_moe", "\"decoder_sparse_step\": 0", "decoder_sparse_step", "0", "1 to 100000"),
    (
      "qwen2_moe", "\"mlp_only_layers\": [1, \"2\"]", "mlp_only_layers", "[1, \"2\"]",
      "a list of numbers"
    ),
    (
      "falcon", "\"new_decoder_architecture\": true, \"num_kv_heads\": 3", "num_kv_heads", "3",
      "a divisor of the 8 heads"
    ),
    (
      "falcon", "\"new_decoder_architecture\": true, \"parallel_attn\": false", "parallel_attn",
      "false", "true"
    ),
    ("falcon", "\"num_ln_in_parallel_attn\": 2", "num_ln_in_parallel_attn", "2", "1"),
    ("olmo", "\"clip_qkv\": -1", "clip_qkv", "-1.0", "a number above 0"),
    (
      "phi", "\"partial_rotary_factor\": 0.1", "partial_rotary_factor", "0",
      "an even number up to the head size 8"
    ),
    ("gpt_neox", "\"rotary_pct\": 2", "rotary_pct", "2.0", "at most 1"),
    (
      "starcoder2", "\"num_attention_heads\": 6", "num_attention_heads", "6",
      "a divisor of the hidden size 64"
    ),
    (
      "llama", "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2}, \"rope_theta\": 1",
      "rope_theta", "1.0", "a number above 1"
    ),
    (
      "llama",
      """
      "rope_scaling": {"rope_type": "llama3", "factor": 2, "low_freq_factor": 4, \
      "high_freq_factor": 4}
      """, "high_freq_factor", "4.0", "more than 'low_freq_factor' 4.0"
    ),
    (
      "phi3",
      "\"rope_scaling\": {\"type\": \"su\", \"short_factor\": [1, 1], \"long_factor\": [1, 1]}",
      "short_factor", "2 numbers", "4 numbers above 0, one for each pair"
    ),
    (
      "phi3",
      """
      "original_max_position_embeddings": 1, \
      "rope_scaling": {"type": "longrope", "short_factor": [], "long_factor": []}
      """, "original_max_position_embeddings", "1", "more than 1"
    ),
  ])
  func aWrongValueIsNamed(
    family: String, more: String, key: String, value: String, expected: String
  ) {
    let problem = CheckpointError.Problem.invalidValue(key: key, value: value, expected: expected)
    #expect(throws: CheckpointError(problem, path: "config.json")) {
      let isRepeated = more.hasPrefix("\"num_attention_heads\"")
      let sizes =
        isRepeated
        ? Self.sizes.replacing("\"num_attention_heads\": 8", with: more)
        : "\(Self.sizes), \(more)"
      return try config("\"model_type\": \"\(family)\", \(sizes)")
    }
  }

  @Test(arguments: [
    ("\"no_bias\": false", "no_bias", "false", "true"),
    ("\"logit_scale\": 2", "logit_scale", "2", "null"),
    ("\"attn_config\": {\"alibi\": false}", "alibi", "false", "true"),
    ("\"attn_config\": {\"qk_ln\": true}", "qk_ln", "true", "false"),
    (
      "\"attn_config\": {\"attn_type\": \"multiquery_attention\"}", "attn_type",
      "\"multiquery_attention\"", "\"multihead_attention\""
    ),
    ("\"attn_config\": []", "attn_config", "[]", "an object"),
  ])
  func whatTransformersComputesOtherwiseInMPTIsRefused(
    more: String, key: String, value: String, expected: String
  ) {
    let problem = CheckpointError.Problem.invalidValue(key: key, value: value, expected: expected)
    #expect(throws: CheckpointError(problem, path: "config.json")) {
      try config(
        """
        "model_type": "mpt", "d_model": 64, "n_heads": 8, "n_layers": 2, "vocab_size": 9, \(more)
        """)
    }
  }

  @Test(arguments: [
    (
      "\"relative_attention_max_distance\": 16", "relative_attention_max_distance", "16",
      "more than 16"
    ),
    (
      "\"relative_attention_num_buckets\": 2", "relative_attention_num_buckets", "2",
      "4 to 1048576"
    ),
    ("\"num_decoder_layers\": 0", "num_decoder_layers", "0", "1 to 100000"),
    ("\"feed_forward_proj\": 3", "feed_forward_proj", "3", "a string"),
  ])
  func aWrongValueOfT5IsNamed(more: String, key: String, value: String, expected: String) {
    let problem = CheckpointError.Problem.invalidValue(key: key, value: value, expected: expected)
    #expect(throws: CheckpointError(problem, path: "config.json")) {
      try config("\"model_type\": \"t5\", \(Self.t5), \(more)")
    }
  }

  @Test(arguments: [
    "{\"rope_type\": \"linear\"}", "{\"rope_type\": \"dynamic\"}",
    "{\"rope_type\": \"llama3\", \"low_freq_factor\": 1, \"high_freq_factor\": 4}",
  ])
  func aMissingFactorIsNamed(rope: String) {
    #expect(throws: CheckpointError(.missingKey("factor"), path: "config.json")) {
      try sized("llama", "\"rope_scaling\": \(rope)")
    }
  }

  @Test func anUnheardOfScalingKeepsItsName() throws {
    let config = try sized("llama", "\"rope_scaling\": {\"rope_type\": \"spiral\"}")
    #expect(config.rotary?.scaling == .other("spiral"))
  }

  @Test func everyArchitectureIsNamedOnce() {
    #expect(ModelConfig.architectures.count == Set(ModelConfig.architectures).count)
    for name in ModelConfig.architectures { #expect(ModelFamily(configName: name) != nil) }
    #expect(ModelFamily(configName: "mamba") == nil)
    #expect(ModelFamily(ggufName: "mamba") == nil)
  }
}
