import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Noise floors and quantiles against what ggml, torch and numpy make of trained weights.
struct GoldenRoundingTests {
  private let golden: JSONValue

  init() throws { golden = try Golden.document("rounding.json") }

  // MARK: - Noise floors

  private func comparison(of type: String) throws -> DeltaMetrics {
    let file = try Checkpoint(path: Fixtures.path("golden/rounding.gguf"))
    return try CheckpointComparison(
      base: OneTensor(file, "weights.f32"), other: OneTensor(file, "weights.\(type)")
    ).total
  }

  @Test func floorsOfBlocksAreThoseOfNumpyAndNearTheDelta() throws {
    let base = try comparison(of: "f32")
    #expect(base.l2Delta == 0)
    let blocks = try #require(golden["blocks"]?.array)
    #expect(blocks.count == 14)
    var floors = 0
    for block in blocks {
      let name = try #require(block["name"]?.string)
      let metrics = try comparison(of: name.lowercased())
      let delta = try #require(block["l2_delta"]?.double)
      #expect(abs(metrics.l2Delta - delta) <= 1e-9 * delta, "\(name)")
      guard let squares = block["step_squares"]?.double else {
        #expect(metrics.noiseFloor == nil)
        #expect(metrics.noiseFloorReason == "\(name) rounds to a codebook")
        continue
      }
      floors += 1
      let floor = try #require(metrics.noiseFloor, "\(name)")
      // The steps of the F32 weights count too, and are as nothing.
      let expected = (squares / 12).squareRoot()
      #expect(abs(floor - expected) <= 1e-6 * expected, "\(name)")
      let ratio = metrics.l2Delta / floor
      let bounds = name == "Q8_0" ? 0.8...1.25 : 0.5...1.5
      #expect(bounds.contains(ratio), "\(name): \(ratio)")
    }
    #expect(floors == 13)
  }

  @Test func floorsOfFloatsAreThoseOfNumpyAndNearTheDelta() throws {
    let source = try Checkpoint(path: Fixtures.path("series/llama/stage-4-explanation"))
    for (name, encoding) in [("F16", SafetensorsTensor.Encoding.f16), ("BF16", .bf16)] {
      let folder = try TemporaryFolder()
      let tensors = try source.tensors.map { try SafetensorsTensor($0, of: source, as: encoding) }
      try SafetensorsWriter().write(tensors, toFolder: folder.path("model"))
      let comparison = try CheckpointComparison(
        base: source, other: Checkpoint(path: folder.path("model")))
      let entries = try #require(golden["floats"]?.array).filter { $0["dtype"]?.string == name }
      #expect(entries.count == comparison.tensors.count)
      for entry in entries {
        let tensor = try #require(
          comparison.tensors.first { $0.baseName == entry["tensor"]?.string })
        let floor = try #require(tensor.metrics.noiseFloor)
        let expected = try #require(entry["noise_floor"]?.double)
        #expect(abs(floor - expected) <= 1e-6 * expected, "\(name) \(tensor.baseName)")
        #expect(tensor.metrics.noiseFloorReason == nil)
        let ratio = tensor.metrics.l2Delta / floor
        #expect((0.8...1.25).contains(ratio), "\(name) \(tensor.baseName): \(ratio)")
      }
    }
  }

  @Test func eightBitCopiesOfTheSeriesAreAtTheFloor() throws {
    let base = try Checkpoint(path: Fixtures.path("series/llama-gguf/base-f32.gguf"))
    let other = try Checkpoint(path: Fixtures.path("series/llama-gguf/base-q8_0.gguf"))
    let comparison = try CheckpointComparison(base: base, other: other)
    for tensor in comparison.tensors where !tensor.metrics.isIdentical {
      let ratio = tensor.metrics.l2Delta / (try #require(tensor.metrics.noiseFloor))
      #expect((0.8...1.25).contains(ratio), "\(tensor.baseName): \(ratio)")
    }
    let floors = comparison.tensors.compactMap(\.metrics.noiseFloor)
    let total = floors.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(try #require(comparison.total.noiseFloor) - total) <= 1e-12 * total)
  }

  /// The same weights by public data, where it is there.
  @Test(.enabled(if: TestData.has("models/stories260K/stories260K.f32.gguf"), "no test data"))
  func halvesOfARealModelAreAtTheFloor() throws {
    let folder = "models/stories260K/stories260K"
    let comparison = try CheckpointComparison(
      base: Checkpoint(path: TestData.path("\(folder).f32.gguf")),
      other: Checkpoint(path: TestData.path("\(folder).f16.gguf")))
    for tensor in comparison.tensors where !tensor.metrics.isIdentical {
      let ratio = tensor.metrics.l2Delta / (try #require(tensor.metrics.noiseFloor))
      #expect((0.8...1.25).contains(ratio), "\(tensor.baseName): \(ratio)")
    }
    #expect(comparison.verdict?.kind == .requantised)
  }

  @Test func aGroupHasNoFloorIfOneOfItHasNone() throws {
    let base = MemorySource("base").with("q0", role: .attnQ(0), [3, 4])
      .with("q1", role: .attnQ(1), [1, 2])
    let other = MemorySource("other").with("q0", role: .attnQ(0), [3, 4.5])
      .with("q1", role: .attnQ(1), dtype: .i8, [2, 2])
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.tensors[0].metrics.noiseFloor != nil)
    for metrics in [
      comparison.tensors[1].metrics, comparison.layers[1].metrics, comparison.components[0].metrics,
      comparison.total,
    ] {
      #expect(metrics.noiseFloor == nil)
      #expect(metrics.noiseFloorReason == "I8 values are not rounded")
      let members = JSONValue.object(metrics.members)
      #expect(members["noise_floor"] == .null)
      #expect(members["noise_floor_reason"] == "I8 values are not rounded")
    }
    #expect(comparison.layers[0].metrics.noiseFloor == comparison.tensors[0].metrics.noiseFloor)
  }

  // MARK: - Quantiles

  private static func open(_ name: String) throws -> Checkpoint {
    try Checkpoint(path: Fixtures.path(name))
  }

  private static var measures: DriftMeasures {
    var measures = DriftMeasures()
    measures.quantiles = true
    return measures
  }

  @Test func quantilesAreWithinTheirErrorOfNumpys() throws {
    #expect(golden["fractions"]?.numbers == DeltaQuantiles.fractions)
    for pair in try #require(golden["quantiles"]?.array) {
      let other = try #require(pair["other"]?.string)
      let comparison = try CheckpointComparison(
        base: Self.open("series/llama/base"), other: Self.open(other), measures: Self.measures)
      let tensors = try #require(pair["tensors"]?.array)
      #expect(tensors.count == comparison.tensors.count + 1)
      for entry in tensors {
        let name = entry["tensor"]?.string
        let metrics =
          name == nil ? comparison.total : comparison.tensors.first { $0.baseName == name }?.metrics
        let quantiles = try #require(metrics?.quantiles)
        try expect(quantiles.absoluteDeltas, near: entry["abs_delta"], "\(other) \(name ?? "")")
        try expect(
          quantiles.relativeDeltas, near: entry["relative_delta"], "\(other) \(name ?? "")")
      }
    }
  }

  private func expect(_ found: [Double?], near golden: JSONValue?, _ name: String) throws {
    let expected = try #require(golden?.array).map(\.double)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      guard let expected else {
        #expect(found == nil, "\(name)")
        continue
      }
      let error = abs(try #require(found) - expected)
      #expect(error <= DeltaQuantiles.relativeError * expected, "\(name): \(expected)")
    }
  }

  @Test func quantilesAreTheSameBitsForAnyThreadsAndSource() throws {
    let base = try Self.open("series/llama/base")
    let other = try Self.open("series/llama/stage-4-explanation")
    let all = try [1, 2, 3].map { threads in
      try CheckpointComparison(
        base: base, other: other, measures: Self.measures,
        workGroup: WorkGroup(threadCount: threads))
    }
    for comparison in all.dropFirst() {
      #expect(comparison.tensors == all[0].tensors && comparison.total == all[0].total)
      #expect(comparison.layers == all[0].layers && comparison.components == all[0].components)
    }
    let series = try Trajectory(checkpoints: [base, other], measures: Self.measures)
    #expect(series.stages[0].fromBase.total.quantiles == all[0].total.quantiles)
    #expect(all[0].total.quantiles != nil)
  }

  @Test func quantilesAreInTheDocumentOnlyWhereTheyWereAskedFor() throws {
    let base = MemorySource("base").with("q0", role: .attnQ(0), [0, 4, 8, 1])
    let other = MemorySource("other").with("q0", role: .attnQ(0), [1, 4, 12, 1])
    let plain = try CheckpointComparison(base: base, other: other)
    #expect(JSONValue.object(plain.total.members)["quantiles"] == nil)
    let document = try CheckpointComparison(base: base, other: other, measures: Self.measures)
      .document()
    for part in [document["total"], document["tensors"]?[0], document["layers"]?[0]] {
      let quantiles = try #require(part?["quantiles"])
      #expect(quantiles["relative_error"] == .number(0x1p-7))
      #expect(quantiles["abs_delta"]?["p01"] == 0.0)
      // Ranks of 4: 0.5 is the second, 0.75 the third, 0.999 the third again.
      #expect(quantiles["abs_delta"]?["p50"] == 0.0)
      let third = try #require(quantiles["abs_delta"]?["p75"]?.double)
      #expect(abs(third - 1) <= 0x1p-7)
      let half = try #require(quantiles["relative_delta"]?["p75"]?.double)
      #expect(abs(half - 0.5) <= 0x1p-8)
    }
  }
}

/// One tensor of a source, under a name of its own.
private struct OneTensor: TensorSource {
  let source: Checkpoint
  let stored: TensorInfo
  let path = "one"

  init(_ source: Checkpoint, _ name: String) throws {
    self.source = source
    stored = try #require(source.tensor(named: name), "\(name)")
  }

  var config: ModelConfig? { nil }

  var tensors: [TensorInfo] {
    var tensor = stored
    tensor.name = "weights"
    return [tensor]
  }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    try source.decode(stored, elements: elements, order: order, into: &output)
  }

  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    try source.withStoredBytes(of: stored, order: order, body)
  }
}
