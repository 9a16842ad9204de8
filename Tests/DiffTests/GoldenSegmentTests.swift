import Core
import Formats
import OrderedCollections
import TestSupport
import Testing

@testable import Diff

/// Heads and tokens of the trained series against numpy.
@Suite struct GoldenSegmentTests {
  private static func comparison(
    base: String, other: String, threads: Int = 2
  ) throws -> CheckpointComparison {
    var measures = DriftMeasures()
    measures.heads = true
    return try CheckpointComparison(
      base: ModelSource(argument: Fixtures.path(base)),
      other: ModelSource(argument: Fixtures.path(other)), measures: measures,
      workGroup: WorkGroup(threadCount: threads))
  }

  private func expect(_ delta: SegmentDelta, _ golden: JSONValue, _ place: String) throws {
    for (name, value) in [
      ("l2_base", delta.l2Base), ("l2_delta", delta.l2Delta), ("relative_l2", delta.relativeL2),
      ("cosine", delta.cosine),
    ] as [(String, Double?)] {
      let expected = try #require(golden[name]?.double)
      let found = try #require(value)
      #expect(abs(found - expected) <= 1e-9 * abs(expected), "\(place) \(name)")
    }
  }

  @Test(arguments: [0, 1, 2]) func headsAndTokensAreThoseOfNumpy(pair: Int) throws {
    let golden = try #require(try Golden.document("segments.json")["pairs"]?[pair])
    let comparison = try Self.comparison(
      base: try #require(golden["base"]?.string), other: try #require(golden["other"]?.string))
    let heads = try #require(golden["heads"]?.object)
    let tokens = try #require(golden["tokens"]?.object)
    #expect(!heads.isEmpty && !tokens.isEmpty)
    for (name, expected) in heads {
      let tensor = try #require(comparison.tensors.first { $0.baseName == name })
      let found = try #require(tensor.segments?.heads)
      let list = try #require(expected.array)
      #expect(found.map(\.head) == list.compactMap { $0["head"]?.int })
      #expect(found.map(\.projection.rawValue) == list.compactMap { $0["projection"]?.string })
      for (head, golden) in zip(found, list) {
        try expect(head.delta, golden, "\(name) head \(head.head)")
      }
    }
    for (name, expected) in tokens {
      let tensor = try #require(comparison.tensors.first { $0.baseName == name })
      let found = try #require(tensor.segments?.tokens)
      let list = try #require(expected.array)
      #expect(found.map(\.id) == list.compactMap { $0["id"]?.int })
      #expect(found.map(\.text) == list.map { $0["text"]?.string })
      for (token, golden) in zip(found, list) {
        try expect(token.delta, golden, "\(name) token \(token.id)")
      }
    }
    // Nothing else has parts: a norm is one thing, and the feed-forward part has no heads.
    let named = Set(heads.keys).union(tokens.keys)
    #expect(Set(comparison.tensors.filter { $0.segments != nil }.map(\.baseName)) == named)
    #expect(comparison.experts.isEmpty)
  }

  /// GGUF weaves the rows of queries and keys; their heads are the same nonetheless.
  @Test func formatsAgreeInHeadsAndTokens() throws {
    let stage = "series/llama/stage-5-headline"
    let saved = try Self.comparison(base: "series/llama/base", other: stage)
    let converted = try Self.comparison(base: "series/llama-gguf/base-f32.gguf", other: stage)
    #expect(saved.tensors.map(\.key) == converted.tensors.map(\.key))
    #expect(saved.tensors.map(\.segments) == converted.tensors.map(\.segments))
  }

  @Test(arguments: [1, 3]) func threadsDoNotMatter(count: Int) throws {
    let stage = "series/llama/stage-1-simplification"
    let one = try Self.comparison(base: "series/llama-gguf/base-q8_0.gguf", other: stage)
    let other = try Self.comparison(
      base: "series/llama-gguf/base-q8_0.gguf", other: stage, threads: count)
    #expect(one.tensors.map(\.segments) == other.tensors.map(\.segments))
  }

  @Test func aSeriesTellsThemForEveryStage() throws {
    var measures = DriftMeasures()
    measures.heads = true
    let folders = ["base", "stage-1-simplification", "stage-2-dialogue"]
    let checkpoints = try folders.map {
      try ModelSource(argument: Fixtures.path("series/llama/\($0)"))
    }
    let trajectory = try Trajectory(checkpoints: checkpoints, measures: measures)
    let pair = try Self.comparison(
      base: "series/llama/base", other: "series/llama/stage-2-dialogue")
    let stage = trajectory.stages[1]
    #expect(stage.fromBase.tensors.map(\.segments) == pair.tensors.map(\.segments))
    #expect(stage.fromPrevious.tensors.map(\.segments) != pair.tensors.map(\.segments))
    let document = trajectory.document()["tensors"]?.array ?? []
    #expect(document.contains { $0["from_base"]?["heads"]?.array?.isEmpty == false })
    #expect(document.contains { $0["from_previous"]?["tokens"]?.array?.count == 10 })
  }
}
