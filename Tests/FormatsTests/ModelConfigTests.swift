import Core
import TestSupport
import Testing

@testable import Formats

@Suite struct ModelConfigTests {
  private static let sizes = """
    "model_type": "llama", "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 5, \
    "num_attention_heads": 8, "vocab_size": 512
    """

  private func config(_ more: String = "", sizes: String = Self.sizes) throws -> ModelConfig? {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{\(sizes)\(more.isEmpty ? "" : ", \(more)")}")
    try folder.write("model.safetensors", TinySafetensors.bytes([]))
    let checkpoint = try Checkpoint(path: folder.path)
    if let error = checkpoint.configProblem {
      // The path of a temporary folder says nothing.
      throw CheckpointError(error.problem, path: "config.json", tensor: error.tensor)
    }
    return checkpoint.config
  }

  @Test func absentFieldsAreThoseOfTransformers() throws {
    let config = try #require(try config())
    let expected = ModelConfig(
      layerCount: 5, hiddenSize: 64, intermediateSize: 172, headCount: 8, keyValueHeadCount: 8,
      headDimension: 8, vocabularySize: 512, contextLength: 2048,
      normalization: .init(kind: .rms, epsilon: 1e-6))
    #expect(config == expected)
  }

  @Test func everyFieldIsRead() throws {
    let config = try #require(
      try config(
        """
        "num_key_value_heads": 4, "head_dim": 16, "max_position_embeddings": 4096, \
        "rms_norm_eps": 1e-05, "rope_theta": 500000, "hidden_act": "gelu", \
        "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true, \
        "bos_token_id": 1, "eos_token_id": [2, 3], \
        "rope_scaling": {"type": "linear", "factor": 2.0}
        """))
    var expected = ModelConfig(
      layerCount: 5, hiddenSize: 64, intermediateSize: 172, headCount: 8, keyValueHeadCount: 4,
      headDimension: 16, vocabularySize: 512, contextLength: 4096,
      positions: .rotary(
        .init(dimension: 16, theta: 500_000, scaling: .linear(factor: 2))), activation: .gelu)
    expected.hasQueryKeyValueBias = true
    expected.hasAttentionOutputBias = true
    expected.hasMLPBias = true
    expected.tiesWordEmbeddings = true
    expected.beginTokenID = 1
    expected.endTokenIDs = [2, 3]
    #expect(config == expected)
  }

  @Test func bothSpellingsOfRopeAreRead() throws {
    let parameters = """
      {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8, "low_freq_factor": 1, \
      "high_freq_factor": 4, "original_max_position_embeddings": 512}
      """
    let new = try #require(try config("\"rope_parameters\": \(parameters)")?.rotary)
    #expect(new.theta == 500_000)
    #expect(
      new.scaling
        == .llama3(
          .init(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, contextLength: 512)))
    let plain = "{\"rope_type\": \"default\", \"rope_theta\": 20000.0}"
    #expect(
      try config("\"rope_parameters\": \(plain)")?.rotary == .init(dimension: 8, theta: 20_000))
    #expect(try config("\"rope_scaling\": null, \"rope_theta\": 1e6")?.rotary?.theta == 1e6)
    let partial = "\"rope_parameters\": {\"partial_rotary_factor\": 0.5, \"rope_theta\": 1}"
    #expect(try config(partial)?.rotary?.dimension == 4)
  }

  @Test func anotherArchitectureHasNoConfig() throws {
    #expect(try config(sizes: "\"model_type\": \"mamba\", \"n_layer\": -1") == nil)
    let named = Self.sizes.replacing(
      "\"model_type\": \"llama\"", with: "\"architectures\": [\"LlamaForCausalLM\"]")
    #expect(try config(sizes: named)?.layerCount == 5)
  }

  @Test(arguments: [
    ("\"num_key_value_heads\": 3", "num_key_value_heads", "3", "a divisor of the 8 heads"),
    ("\"num_key_value_heads\": 0", "num_key_value_heads", "0", "1 to 100000"),
    ("\"head_dim\": 7", "head_dim", "7", "an even number"),
    ("\"head_dim\": -8", "head_dim", "-8", "1 to 16777216"),
    ("\"head_dim\": 8.0", "head_dim", "8.0", "an integer"),
    ("\"max_position_embeddings\": \"4k\"", "max_position_embeddings", "\"4k\"", "an integer"),
    ("\"rms_norm_eps\": 0", "rms_norm_eps", "0.0", "a number above 0"),
    ("\"rope_theta\": -1.5", "rope_theta", "-1.5", "a number above 0"),
    ("\"rope_theta\": [1]", "rope_theta", "[1]", "a number"),
    ("\"rope_scaling\": 2", "rope_scaling", "2", "an object"),
    ("\"partial_rotary_factor\": 1.5", "partial_rotary_factor", "1.5", "at most 1"),
    ("\"attention_bias\": 1", "attention_bias", "1", "true or false"),
    ("\"hidden_act\": {}", "hidden_act", "{}", "a string"),
    ("\"eos_token_id\": [1, -2]", "eos_token_id", "[1, -2]", "token ids"),
  ])
  func aWrongValueIsNamed(more: String, key: String, value: String, expected: String) {
    let problem = CheckpointError.Problem.invalidValue(key: key, value: value, expected: expected)
    #expect(throws: CheckpointError(problem, path: "config.json")) { try config(more) }
  }

  @Test(arguments: [
    "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
  ])
  func aMissingSizeIsNamed(key: String) {
    let sizes = Self.sizes.replacing("\"\(key)\"", with: "\"x\"")
    #expect(throws: CheckpointError(.missingKey(key), path: "config.json")) {
      try config(sizes: sizes)
    }
  }

  @Test func ggufMetadataSayTheSame() throws {
    typealias Pairs = [(key: String, value: TinyGGUF.Value)]
    func config(_ more: Pairs, _ tensors: [TinyGGUF.Tensor] = []) throws -> ModelConfig {
      try #require(
        try open(TinyGGUF(TinyGGUF.llamaPairs + more, tensors).bytes, as: "x.gguf").config)
    }
    var expected = ModelConfig(
      layerCount: 1, hiddenSize: 32, intermediateSize: 64, headCount: 4, keyValueHeadCount: 2,
      headDimension: 8, vocabularySize: 16, contextLength: 128)
    expected.tiesWordEmbeddings = true
    #expect(try config([]) == expected)
    expected.beginTokenID = 1
    expected.endTokenIDs = [2]
    expected.tiesWordEmbeddings = false
    expected.hasQueryKeyValueBias = true
    expected.positions = .rotary(.init(dimension: 4, theta: 500_000, scaling: .divisors))
    let more: Pairs = [
      ("llama.rope.freq_base", .f32(500_000)), ("llama.rope.dimension_count", .u32(4)),
      ("tokenizer.ggml.bos_token_id", .u32(1)), ("tokenizer.ggml.eos_token_id", .u32(2)),
    ]
    let tensors: [TinyGGUF.Tensor] = [
      .init(.f32("output.weight", [1], [1])), .init(.f32("blk.0.attn_q.bias", [1], [1])),
      .init(.f32("rope_freqs.weight", [1], [1])),
    ]
    #expect(try config(more, tensors) == expected)
    let linear: Pairs = [
      ("llama.rope.scaling.type", .string("linear")), ("llama.rope.scaling.factor", .f32(2)),
    ]
    #expect(try config(linear).rotary?.scaling == .linear(factor: 2))
  }

  @Test func headsThatDifferByLayerAreRefused() throws {
    var pairs = TinyGGUF.llamaPairs.filter { $0.key != "llama.attention.head_count_kv" }
    pairs.append(("llama.attention.head_count_kv", .array(type: 5, [.i32(2), .i32(2)])))
    #expect(try open(TinyGGUF(pairs).bytes, as: "x.gguf").config?.keyValueHeadCount == 2)
    pairs[pairs.count - 1].value = .array(type: 5, [.i32(2), .i32(4)])
    #expect(try open(TinyGGUF(pairs).bytes, as: "x.gguf").configProblem != nil)
  }
}
