import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// The trained series against the same metrics computed by numpy in 64-bit floats.
struct GoldenDriftTests {
  private static let folders = [
    "base", "stage-1-simplification", "stage-2-dialogue", "stage-3-question",
    "stage-4-explanation", "stage-5-headline",
  ].map { "series/llama/\($0)" }

  private let golden: JSONValue

  init() throws { golden = try Golden.document("drift.json") }

  private static func open(_ name: String) throws -> Checkpoint {
    try Checkpoint(path: Fixtures.path(name))
  }

  @Test func everyPairAgrees() throws {
    let pairs = try #require(golden["pairs"]?.array)
    #expect(pairs.count == 9)
    for pair in pairs {
      let base = try #require(pair["base"]?.string)
      let other = try #require(pair["other"]?.string)
      let comparison = try CheckpointComparison(base: Self.open(base), other: Self.open(other))
      try expect(comparison, agreesWith: pair, "\(base) and \(other)")
    }
  }

  @Test func theSeriesAgrees() throws {
    let trajectory = try Trajectory(checkpoints: Self.folders.map(Self.open))
    let pairs = try #require(golden["pairs"]?.array)
    for stage in trajectory.stages {
      let place = stage.index
      try expect(stage.fromBase, agreesWith: pairs[place - 1], "base to stage \(place)")
      if place > 1 {
        try expect(stage.fromPrevious, agreesWith: pairs[3 + place], "to stage \(place)")
      }
    }
    let total = golden["series_total"]?["turn_cosine"]?.numbers ?? []
    try expectTurns(of: .model, in: trajectory, are: total)
    for entry in try #require(golden["series"]?.array) {
      let delta = try #require(
        trajectory.stages[0].fromBase.tensors.first { $0.baseName == entry["tensor"]?.string })
      try expectTurns(
        of: .tensor(delta.key), in: trajectory, are: entry["turn_cosine"]?.numbers ?? [])
    }
  }

  /// Series of BLOOM and T5 shapes, and adapters on a base of each family.
  @Test func otherFamiliesAndAdaptersAgree() throws {
    let golden = try Golden.document("drift-families.json")
    let pairs = try #require(golden["pairs"]?.array)
    #expect(pairs.count == 9)
    for pair in pairs {
      let base = try #require(pair["base"]?.string)
      let other = try #require(pair["other"]?.string)
      let parts = other.split(separator: "+").map { Fixtures.path(String($0)) }
      let comparison = try CheckpointComparison(
        base: Self.open(base), other: ModelSource(argument: parts.joined(separator: "+")))
      try expectTensors(of: comparison, agreeWith: pair, "\(base) and \(other)")
      expect(comparison.total, agreesWith: try #require(pair["total"]), "\(other): total")
    }
    for series in try #require(golden["series"]?.array) {
      let family = try #require(series["family"]?.string)
      let trajectory = try Trajectory(
        checkpoints: ["base", "stage-1", "stage-2"].map { try Self.open("series/\(family)/\($0)") })
      try expectTurns(
        of: .model, in: trajectory, are: series["turn_cosine"]?.numbers ?? [])
    }
  }

  @Test(arguments: ["base-f32", "base-bf16"])
  func theSameWeightsInGGUFDifferByNothing(name: String) throws {
    let gguf = try Self.open("series/llama-gguf/\(name).gguf")
    let base = try Self.open("series/llama/base")
    for (first, second) in [(base, gguf), (gguf, base)] {
      let comparison = try CheckpointComparison(base: first, other: second)
      #expect(comparison.isIdentical)
      #expect(comparison.total.l2Delta == 0)
      #expect(comparison.total.maxAbs == 0)
      #expect(comparison.tensors.count == base.tensors.count)
    }
  }

  @Test func quantisationIsSeenAndSmall() throws {
    let base = try Self.open("series/llama/base")
    let half = try CheckpointComparison(
      base: base, other: Self.open("series/llama-gguf/base-f16.gguf"))
    let blocks = try CheckpointComparison(
      base: base, other: Self.open("series/llama-gguf/base-q8_0.gguf"))
    #expect(half.total.l2Delta < 1e-6 * half.total.l2Base)
    #expect(try #require(blocks.total.relativeL2) > 0.001)
    #expect(try #require(blocks.total.relativeL2) < 0.01)
  }

  @Test func threadsDoNotChangeABit() throws {
    let checkpoints = try Self.folders.map(Self.open)
    let one = try Trajectory(checkpoints: checkpoints, workGroup: WorkGroup(threadCount: 1))
    for threadCount in 2...3 {
      let more = try Trajectory(
        checkpoints: checkpoints, workGroup: WorkGroup(threadCount: threadCount))
      #expect(more.document() == one.document())
    }
  }

  // MARK: - Comparing with golden values

  private func expect(
    _ comparison: CheckpointComparison, agreesWith golden: JSONValue, _ what: String
  ) throws {
    try expectTensors(of: comparison, agreeWith: golden, what)
    let layers = try #require(golden["layers"]?.array)
    #expect(comparison.layers.map(\.key.layer) == layers.map { $0["layer"]?.int })
    for (layer, golden) in zip(comparison.layers, layers) {
      expect(layer.metrics, agreesWith: golden, "\(what): layer \(layer.key.layer)")
    }
    let components = try #require(golden["components"]?.array)
    #expect(components.count == comparison.components.count)
    for golden in components {
      let name = try #require(golden["component"]?.string)
      let delta = comparison.components.first { $0.component.rawValue == name }
      expect(delta?.metrics, agreesWith: golden, "\(what): \(name)")
    }
    expect(comparison.total, agreesWith: try #require(golden["total"]), "\(what): total")
  }

  private func expectTensors(
    of comparison: CheckpointComparison, agreeWith golden: JSONValue, _ what: String
  ) throws {
    let tensors = try #require(golden["tensors"]?.array)
    #expect(tensors.count == comparison.tensors.count)
    for tensor in tensors {
      let name = try #require(tensor["name"]?.string)
      let delta = comparison.tensors.first { $0.baseName == name }
      expect(delta?.metrics, agreesWith: tensor, "\(what): \(name)")
    }
  }

  private func expect(_ metrics: DeltaMetrics?, agreesWith golden: JSONValue, _ what: String) {
    guard let metrics else {
      Issue.record("\(what) was not compared")
      return
    }
    let values = JSONValue.object(metrics.members)
    for key in ["element_count", "max_abs_index"] {
      #expect(values[key] == golden[key], "\(what): \(key)")
    }
    for key in [
      "l2_base", "l2_other", "l2_delta", "relative_l2", "cosine", "max_abs", "rms_delta",
      "identical_fraction", "sign_flip_fraction", "unchanged_fraction",
    ] {
      let expected = golden[key]?.double ?? .nan
      #expect(
        Self.isClose(values[key]?.double, expected, 1e-6 * abs(expected)), "\(what): \(key)")
    }
    let scale = golden["mean_abs_delta"]?.double ?? .nan
    let mean = golden["mean_delta"]?.double ?? .nan
    #expect(Self.isClose(metrics.meanDelta, mean, 1e-6 * scale), "\(what): mean_delta")
  }

  private func expectTurns(
    of unit: DriftUnit, in trajectory: Trajectory, are golden: [Double]
  ) throws {
    let turns = trajectory.stages.dropFirst().map { $0.turns[unit]?.cosine }
    #expect(turns.count == golden.count)
    for (turn, expected) in zip(turns, golden) {
      #expect(Self.isClose(turn, expected, 1e-6 * abs(expected)), "\(unit)")
    }
  }

  private static func isClose(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance } ?? false
  }
}
