import Core
import Foundation
import TestSupport
import Testing

@testable import Formats

/// The configurations of small models of every family, as transformers writes them.
@Suite struct GoldenModelTests {
  typealias Config = ModelConfig

  static let folder = Fixtures.path("golden/models")

  static let names: [String] = {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/config.json") }
      .sorted()
  }()

  @Test func thereIsAModelOfEveryArchitecture() throws {
    #expect(Self.names.count == 45)
    let known = try Self.names.map { try #require(try Self.config($0)).architecture }
    #expect(Set(known) == Set(ModelConfig.architectures))
  }

  /// Shapes, layers, head and norms are those that the configuration tells of.
  @Test(arguments: names) func theTensorsAreThoseOfTheConfiguration(name: String) throws {
    let checkpoint = try Checkpoint(path: "\(Self.folder)/\(name)")
    #expect(checkpoint.configProblem == nil)
    let report = try CheckpointReport(
      checkpoint, checkpoint: checkpoint, options: [.verification],
      workGroup: WorkGroup(threadCount: 1))
    #expect(report.problems.map(\.description) == [])
  }

  @Test(arguments: names) func everyTensorHasARole(name: String) throws {
    let checkpoint = try Checkpoint(path: "\(Self.folder)/\(name)")
    #expect(checkpoint.tensors.filter { $0.role == nil }.map(\.name) == [])
    #expect(Set(checkpoint.tensors.map(\.role)).count == checkpoint.tensors.count)
  }

  /// `config-4.json` is the same model as transformers 4 spelled it.
  @Test(arguments: names.filter { !$0.hasSuffix("-bf16") })
  func bothSpellingsAreTheSame(name: String) throws {
    let file = try ConfigFile(path: "\(Self.folder)/\(name)/config-4.json")
    let older = try #require(try ModelConfig(file))
    var newer = try #require(try Self.config(name))
    // transformers 5 says of every T5 that its head is shared.
    newer.tiesWordEmbeddings = older.tiesWordEmbeddings
    #expect(newer == older)
  }

  private static func config(_ name: String) throws -> ModelConfig? {
    try ModelConfig(ConfigFile(path: "\(folder)/\(name)/config.json"))
  }

  /// A configuration of the sizes that most models have.
  private func expected(
    _ architecture: String, groups: Int = 2, head: Int = 8, epsilon: Double = 1e-6,
    _ change: (inout ModelConfig) -> Void
  ) -> ModelConfig {
    var config = ModelConfig(
      architecture: architecture, layerCount: 2, hiddenSize: 32, intermediateSize: 48, headCount: 4,
      keyValueHeadCount: groups, headDimension: head, vocabularySize: 144, contextLength: 128,
      normalization: .init(kind: .rms, epsilon: epsilon))
    config.beginTokenID = 1
    config.endTokenIDs = [2]
    change(&config)
    return config
  }

  private func require(_ name: String, _ expected: ModelConfig) throws {
    var expected = expected
    // transformers leaves it to the tokenizer of these.
    expected.namesContextLength = !["bloom", "t5", "mt5", "mpt"].contains(expected.architecture)
    #expect(try Self.config(name) == expected)
  }

  private static let layerNorm = Config.Normalization(kind: .layer, epsilon: 1e-5, hasBias: true)

  private static func setBiases(_ config: inout ModelConfig) {
    config.hasQueryKeyValueBias = true
    config.hasAttentionOutputBias = true
    config.hasMLPBias = true
  }

  @Test func familiesLikeLLaMA() throws {
    try require("llama", expected("llama", epsilon: 1e-5) { _ in })
    try require("llama-tied", expected("llama", groups: 4) { $0.tiesWordEmbeddings = true })
    try require("llama-biases", expected("llama") { Self.setBiases(&$0) })
    try require("llama-head-dim", expected("llama", groups: 1, head: 12) { _ in })
    try require(
      "mistral", expected("mistral") { $0.window = .init(size: 12, layers: [true, true]) })
    try require(
      "qwen2",
      expected("qwen2") {
        $0.hasQueryKeyValueBias = true
        $0.positions = .rotary(.init(dimension: 8, theta: 1e6))
      })
    try require(
      "qwen2-tied",
      expected("qwen2") {
        $0.hasQueryKeyValueBias = true
        $0.tiesWordEmbeddings = true
        $0.window = .init(size: 9, layers: [false, true])
      })
    try require(
      "qwen3",
      expected("qwen3", head: 12) {
        $0.queryKeyNorm = .perHead
        $0.tiesWordEmbeddings = true
      })
    try require(
      "olmo",
      expected("olmo") {
        $0.normalization = .init(kind: .layer, epsilon: 1e-5, hasWeight: false)
        $0.queryKeyValueLimit = 2.5
      })
    try require(
      "olmo2",
      expected("olmo2", epsilon: 1e-5) {
        $0.normPlacement = .after
        $0.queryKeyNorm = .wholeWidth
      })
  }

  @Test func rotaryScalings() throws {
    func scaling(_ name: String) throws -> Config.RotaryScaling? {
      try Self.config(name)?.rotary?.scaling
    }
    #expect(try scaling("llama") == nil)
    #expect(try scaling("llama-linear") == .linear(factor: 4))
    #expect(try scaling("llama-dynamic") == .dynamic(factor: 4, contextLength: 32))
    #expect(
      try scaling("llama-llama3")
        == .llama3(
          .init(factor: 4, lowFrequencyFactor: 1, highFrequencyFactor: 4, contextLength: 32)))
    #expect(
      try scaling("llama-yarn")
        == .yarn(
          .init(factor: 4, contextLength: 32, attentionFactor: 0.1 * log(4.0) + 1)))
    #expect(
      try scaling("llama-yarn-mscale")
        == .yarn(
          .init(
            factor: 4, contextLength: 32, fastBeta: 8, slowBeta: 0.5,
            attentionFactor: (0.1 * 1.3 * log(4.0) + 1) / (0.1 * 0.6 * log(4.0) + 1),
            isTruncated: false)))
    #expect(
      try scaling("phi3-long")
        == .longRope(
          .init(
            divisors: .init(short: [1, 1.1, 1.3, 1.6], long: [1.2, 2, 3.5, 4]), contextLength: 32,
            attentionFactor: (1 + log(4.0) / log(32.0)).squareRoot())))
  }

  @Test func bloom() throws {
    func bloom(heads: Int, _ change: (inout ModelConfig) -> Void = { _ in }) -> ModelConfig {
      expected("bloom") {
        $0 = ModelConfig(
          architecture: "bloom", layerCount: 2, hiddenSize: 24, intermediateSize: 96,
          headCount: heads, vocabularySize: 144, contextLength: 2048, positions: .alibi(.init()),
          normalization: Self.layerNorm, activation: .geluTanh, isGated: false)
        Self.setBiases(&$0)
        $0.hasEmbeddingNorm = true
        $0.fusedOrder = .grouped
        $0.tiesWordEmbeddings = true
        $0.beginTokenID = 1
        $0.endTokenIDs = [2]
        change(&$0)
      }
    }
    try require("bloom", bloom(heads: 8))
    try require("bloom-6", bloom(heads: 6))
    try require("bloom-post-norm", bloom(heads: 3) { $0.addsToNormalizedInput = true })
  }

  @Test func t5() throws {
    func t5(
      _ architecture: String, encoder: Int, decoder: Int, head: Int,
      _ change: (inout ModelConfig) -> Void
    ) -> ModelConfig {
      var config = ModelConfig(
        architecture: architecture, layerCount: decoder, hiddenSize: 24, intermediateSize: 32,
        headCount: 4, headDimension: head, vocabularySize: 144, contextLength: 2048,
        positions: .relative(.init(bucketCount: 32, maximumDistance: 128)),
        normalization: .init(kind: .rms, epsilon: 1e-6), attentionScale: 1, activation: .geluTanh)
      config.encoderLayerCount = encoder
      config.tiesWordEmbeddings = true
      config.decoderStartTokenID = 0
      config.endTokenIDs = [1]
      change(&config)
      return config
    }
    try require(
      "t5",
      t5("t5", encoder: 2, decoder: 2, head: 8) {
        $0.activation = .relu
        $0.isGated = false
        $0.headInputScale = 1 / 24.0.squareRoot()
      })
    try require("t5-v1.1", t5("t5", encoder: 2, decoder: 3, head: 6) { _ in })
    try require("mt5", t5("mt5", encoder: 2, decoder: 1, head: 10) { _ in })
  }

  @Test func gemma() throws {
    func gemma(
      _ architecture: String, groups: Int, _ change: (inout ModelConfig) -> Void
    ) -> ModelConfig {
      expected(architecture, groups: groups, head: 12) {
        $0.normalization.weightOffset = 1
        $0.embeddingScale = 32.0.squareRoot()
        $0.activation = .geluTanh
        $0.tiesWordEmbeddings = true
        change(&$0)
      }
    }
    try require("gemma", gemma("gemma", groups: 1) { _ in })
    try require(
      "gemma2",
      gemma("gemma2", groups: 2) {
        $0.layerCount = 3
        $0.normPlacement = .beforeAndAfter
        $0.attentionScale = 1.0 / 3
        $0.attentionSoftCap = 3
        $0.logitSoftCap = 8
        $0.window = .init(size: 10, layers: [true, false, true])
      })
    try require(
      "gemma3",
      gemma("gemma3_text", groups: 2) {
        $0.layerCount = 3
        $0.normPlacement = .beforeAndAfter
        $0.attentionScale = 1.0 / 3
        $0.queryKeyNorm = .perHead
        $0.window = .init(size: 10, layers: [true, true, false])
        $0.positions = .rotary(.init(dimension: 12, theta: 1e6, scaling: .linear(factor: 8)))
        $0.windowPositions = .init(dimension: 12, theta: 1e4)
      })
  }

  @Test func experts() throws {
    try require(
      "mixtral",
      expected("mixtral", epsilon: 1e-5) {
        $0.intermediateSize = 16
        $0.positions = .rotary(.init(dimension: 8, theta: 1e6))
        $0.experts = .init(
          count: 4, usedCount: 2, intermediateSize: 16, normalizesWeights: true,
          layers: [true, true])
      })
    try require(
      "qwen2-moe",
      expected("qwen2_moe") {
        $0.layerCount = 3
        $0.hasQueryKeyValueBias = true
        $0.experts = .init(
          count: 5, usedCount: 2, intermediateSize: 8, normalizesWeights: false,
          sharedIntermediateSize: 24, layers: [true, false, true])
      })
    try require(
      "qwen2-moe-normalized",
      expected("qwen2_moe") {
        $0.hasQueryKeyValueBias = true
        $0.experts = .init(
          count: 4, usedCount: 3, intermediateSize: 8, normalizesWeights: true,
          sharedIntermediateSize: 16, layers: [false, true])
      })
  }

  @Test func familiesWithoutGates() throws {
    func plain(
      _ architecture: String, heads: Int = 4, groups: Int? = nil,
      activation: Config.Activation = .geluTanh, _ change: (inout ModelConfig) -> Void
    ) -> ModelConfig {
      expected(architecture, groups: groups ?? heads) {
        $0.headCount = heads
        $0.headDimension = 32 / heads
        $0.attentionScale = 1 / Double(32 / heads).squareRoot()
        $0.normalization = Self.layerNorm
        $0.activation = activation
        $0.isGated = false
        $0.positions = .rotary(.init(dimension: 32 / heads))
        Self.setBiases(&$0)
        change(&$0)
      }
    }
    func gpt2(_ config: inout ModelConfig) {
      config.positions = .learned
      config.contextLength = 96
      config.hasTransposedLinears = true
      config.tiesWordEmbeddings = true
    }
    try require(
      "gpt2",
      plain("gpt2") {
        gpt2(&$0)
        $0.intermediateSize = 128
      })
    try require(
      "gpt2-options",
      plain("gpt2", heads: 2, activation: .gelu) {
        gpt2(&$0)
        $0.layerCount = 3
        $0.intermediateSize = 40
        $0.dividesScaleByLayer = true
      })
    try require(
      "gpt-neox",
      plain("gpt_neox", heads: 2, activation: .gelu) {
        $0.positions = .rotary(.init(dimension: 4))
        $0.fusedOrder = .grouped
        $0.residual = .parallel
      })
    try require(
      "gpt-neox-sequential",
      plain("gpt_neox", activation: .gelu) { $0.fusedOrder = .grouped })
    try require(
      "phi2",
      plain("phi", heads: 2) {
        $0.positions = .rotary(.init(dimension: 8))
        $0.residual = .parallelWithSharedNorm
        $0.hasHeadBias = true
      })
    try require(
      "phi2-norms",
      plain("phi", groups: 2) {
        $0.positions = .rotary(.init(dimension: 4))
        $0.residual = .parallelWithSharedNorm
        $0.hasHeadBias = true
        $0.queryKeyNorm = .perHead
      })
    try require(
      "starcoder2",
      plain("starcoder2", groups: 2) {
        $0.window = .init(size: 15, layers: [true, true])
        $0.tiesWordEmbeddings = true
      })
    try require(
      "phi3",
      expected("phi3", epsilon: 1e-5) {
        $0.hasFusedGate = true
        $0.window = .init(size: 20, layers: [true, true])
      })
    try require(
      "mpt",
      expected("mpt") {
        $0 = ModelConfig(
          architecture: "mpt", layerCount: 2, hiddenSize: 24, intermediateSize: 96, headCount: 6,
          vocabularySize: 144, contextLength: 128, positions: .alibi(.init()),
          normalization: .init(kind: .layer, epsilon: 1e-5), activation: .gelu, isGated: false)
        $0.queryKeyValueLimit = 1.5
        $0.tiesWordEmbeddings = true
        $0.beginTokenID = 1
        $0.endTokenIDs = [2]
      })
  }

  @Test func falcon() throws {
    func falcon(groups: Int, _ change: (inout ModelConfig) -> Void) -> ModelConfig {
      expected("falcon", groups: groups) {
        $0.intermediateSize = 64
        $0.contextLength = 2048
        $0.normalization = Self.layerNorm
        $0.activation = .gelu
        $0.isGated = false
        $0.fusedOrder = .grouped
        $0.tiesWordEmbeddings = true
        change(&$0)
      }
    }
    try require("falcon-7b", falcon(groups: 1) { $0.residual = .parallelWithSharedNorm })
    try require("falcon-40b", falcon(groups: 2) { $0.residual = .parallel })
    try require(
      "falcon-11b",
      falcon(groups: 2) {
        $0.residual = .parallelWithSharedNorm
        $0.tiesWordEmbeddings = false
      })
    try require(
      "falcon-alibi",
      falcon(groups: 12) {
        $0.hiddenSize = 36
        $0.intermediateSize = 144
        $0.headCount = 12
        $0.headDimension = 3
        $0.attentionScale = 1 / 3.0.squareRoot()
        $0.positions = .alibi(.init(isScaled: true, isRounded: true))
        Self.setBiases(&$0)
      })
  }
}
