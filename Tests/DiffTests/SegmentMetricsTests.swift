import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Heads, experts and tokens of small models whose parts can be counted by hand.
@Suite struct SegmentMetricsTests {
  private func heads(
    _ base: MemorySource, _ other: MemorySource
  ) throws -> CheckpointComparison {
    var measures = DriftMeasures()
    measures.heads = true
    return try CheckpointComparison(base: base, other: other, measures: measures)
  }

  /// The models with the value of one element raised by 1.
  private func source(
    _ architecture: String, _ role: Role, shape: [Int], moved: Int?, heads: Int, groups: Int
  ) -> MemorySource {
    let count = shape.reduce(1, *)
    var values = (0..<count).map { Float($0 % 7) + 1 }
    if let moved { values[moved] += 1 }
    let config = ModelConfig(
      architecture: architecture, layerCount: 1, hiddenSize: 4, intermediateSize: 4,
      headCount: heads, keyValueHeadCount: groups, headDimension: 2, vocabularySize: 2,
      contextLength: 8)
    return MemorySource("m", config: config).with("t", role: role, shape: shape, values)
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    var architecture: String
    var component: Role.Component
    var shape: [Int]
    var moved: Int
    var projection: Role.Component
    var head: Int
    var testDescription: String { "\(architecture) \(component) \(moved)" }
  }

  // 4 query heads, 2 key and value heads, of 2 rows; 3 columns, or 8 where they are heads.
  private static let cases = [
    Case(
      architecture: "llama", component: .attn_q, shape: [8, 3], moved: 6 * 3, projection: .attn_q,
      head: 3),
    Case(
      architecture: "llama", component: .attn_v, shape: [4, 3], moved: 2 * 3 + 1,
      projection: .attn_v, head: 1),
    Case(
      architecture: "llama", component: .attn_output, shape: [3, 8], moved: 8 + 4,
      projection: .attn_output, head: 2),
    // Rows q0 q1 q2 q3 k0 k1 v0 v1, and q0 q1 k0 v0 q2 q3 k1 v1 where a group is together.
    Case(
      architecture: "phi3", component: .attn_qkv, shape: [16, 3], moved: 10 * 3,
      projection: .attn_k, head: 1),
    Case(
      architecture: "falcon", component: .attn_qkv, shape: [16, 3], moved: 10 * 3,
      projection: .attn_q, head: 3),
    Case(
      architecture: "falcon", component: .attn_qkv, shape: [16, 3], moved: 15 * 3,
      projection: .attn_v, head: 1),
    // The other way round.
    Case(
      architecture: "gpt2", component: .attn_qkv, shape: [3, 16], moved: 16 + 11,
      projection: .attn_k, head: 1),
    Case(
      architecture: "gpt2", component: .attn_output, shape: [8, 3], moved: 6 * 3,
      projection: .attn_output, head: 3),
  ]

  @Test(arguments: cases) private func aHeadThatMovesIsNamed(test: Case) throws {
    let role = Role(layer: 0, component: test.component)
    let sources = [nil, test.moved].map {
      source(test.architecture, role, shape: test.shape, moved: $0, heads: 4, groups: 2)
    }
    let comparison = try heads(sources[0], sources[1])
    let found = try #require(comparison.tensors.first?.segments?.heads)
    let moved = found.filter { $0.delta.l2Delta > 0 }
    #expect(moved.map(\.projection) == [test.projection])
    #expect(moved.map(\.head) == [test.head])
    #expect(moved.map(\.delta.l2Delta) == [1])
    #expect(found.reduce(0) { $0 + $1.delta.elementCount } == test.shape.reduce(1, *))
  }

  @Test func headsThatAreNotKnownHaveAReason() throws {
    let role = Role(layer: 0, component: .attn_q)
    let odd = source("llama", role, shape: [9, 3], moved: 1, heads: 4, groups: 2)
    let comparison = try heads(odd, odd)
    let segments = try #require(comparison.tensors.first?.segments)
    #expect(segments.heads == nil)
    #expect(segments.headsReason == "9 is no multiple of 4 heads")
    let plain = MemorySource("p").with(
      "t", role: role, shape: [8, 3], Array(repeating: 1, count: 24))
    let unknown = try heads(plain, plain)
    let tensor = try #require(unknown.document()["tensors"]?[0])
    #expect(tensor["heads"] == .null)
    #expect(tensor["heads_reason"]?.string == "nothing says how many heads there are")
  }

  @Test func tokensAreRankedByTheirDelta() throws {
    let base = MemorySource("b").with(
      "e", role: .embedding, shape: [4, 2], [1, 1, 0, 0, 2, 2, 3, 3])
    let other = MemorySource("o").with(
      "e", role: .embedding, shape: [4, 2], [1, 1, 0, 5, 2, 3, 3, 3])
    let comparison = try CheckpointComparison(base: base, other: other)
    let tokens = try #require(comparison.tensors[0].segments?.tokens)
    #expect(tokens.map(\.id) == [1, 2])
    #expect(tokens.map(\.delta.l2Delta) == [5, 1])
    #expect(tokens[0].delta.relativeL2 == nil)
    #expect(tokens.allSatisfy { $0.text == nil })
    var measures = DriftMeasures()
    measures.tokenCount = 1
    let one = try CheckpointComparison(base: base, other: other, measures: measures)
    #expect(one.tensors[0].segments?.tokens?.map(\.id) == [1])
    measures.tokenCount = 0
    let none = try CheckpointComparison(base: base, other: other, measures: measures)
    #expect(none.tensors[0].segments == nil)
  }

  /// Experts are the same whether they are stacked or have a tensor each.
  @Test func expertsAreAddedUp() throws {
    let saved = try Checkpoint(path: Fixtures.path("golden/layouts/mixtral"))
    let converted = try Checkpoint(path: Fixtures.path("golden/layouts/mixtral.gguf"))
    let apart = try CheckpointComparison(base: saved, other: saved)
    let stacked = try CheckpointComparison(base: converted, other: converted)
    #expect(apart.experts.count == 6)
    #expect(apart.experts.map(\.key) == stacked.experts.map(\.key))
    #expect(apart.experts.map(\.expert) == [0, 1, 2, 0, 1, 2])
    for (one, other) in zip(apart.experts, stacked.experts) {
      #expect(one.delta.elementCount == other.delta.elementCount)
      #expect(abs(one.delta.l2Base - other.delta.l2Base) <= 1e-12 * one.delta.l2Base)
      #expect(one.delta.l2Delta == 0)
    }
    let stack = try #require(
      stacked.tensors.first { $0.role?.component == .ffn_up_exps }?.segments?.experts)
    #expect(stack.map(\.expert) == [0, 1, 2])
    let single = apart.tensors.filter { $0.role?.component == .ffn_up_exps && $0.role?.layer == 0 }
    #expect(zip(stack, single).allSatisfy { abs($0.delta.l2Base - $1.metrics.l2Base) < 1e-12 })
  }
}
