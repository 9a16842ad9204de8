import Core
import Formats
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Diff

/// Spectra, intruders and rotations against numpy and scipy in 64-bit floats.
struct SpectrumTests {
  private let golden: JSONValue

  init() throws { golden = try Golden.document("spectra.json") }

  private static func measures(
    _ size: DriftMeasures.SpectrumSize?, intruders: Bool = false
  ) -> DriftMeasures {
    var measures = DriftMeasures()
    measures.spectrum = size
    measures.intruders = intruders
    return measures
  }

  private static func noise(_ rows: Int, _ columns: Int, seed: UInt64) -> [Float] {
    var random = SeededNumbers(seed: seed)
    return (0..<rows * columns).map { _ in random.nextUnit() - 0.5 }
  }

  /// A product of rank 8 whose values fall by half, and noise of a thousandth.
  private static func lowRank(_ rows: Int, _ columns: Int) -> [Float] {
    let (left, right) = (noise(rows, 8, seed: 11), noise(8, columns, seed: 12))
    var values = noise(rows, columns, seed: 13).map { 1e-3 * $0 }
    for row in 0..<rows {
      for rank in 0..<8 {
        let factor = left[row * 8 + rank] * Float(sign: .plus, exponent: -rank, significand: 1)
        for column in 0..<columns {
          values[row * columns + column] += factor * right[rank * columns + column]
        }
      }
    }
    return values
  }

  /// A pair whose delta has these values.
  private static func pair(_ values: [Float], shape: [Int]) -> (MemorySource, MemorySource) {
    (
      MemorySource("base").with("w", shape: shape, values.map { _ in 0 }),
      MemorySource("other").with("w", shape: shape, values)
    )
  }

  private static func spectrum(
    _ values: [Float], shape: [Int], _ size: DriftMeasures.SpectrumSize
  ) throws -> DeltaSpectrum {
    let (base, other) = pair(values, shape: shape)
    let comparison = try CheckpointComparison(base: base, other: other, measures: measures(size))
    return try #require(comparison.tensors[0].spectrum)
  }

  private func expect(_ value: Double?, is expected: JSONValue?, within tolerance: Double) throws {
    let (value, expected) = (try #require(value), try #require(expected?.double))
    #expect(abs(value - expected) <= tolerance * abs(expected), "\(value) is not \(expected)")
  }

  @Test(arguments: [DriftMeasures.SpectrumSize.top(8), .all])
  func trainedSeriesAgrees(size: DriftMeasures.SpectrumSize) throws {
    let pairs = try #require(golden["pairs"]?.array)
    for pair in pairs {
      let base = try Checkpoint(path: Fixtures.path(try #require(pair["base"]?.string)))
      let other = try Checkpoint(path: Fixtures.path(try #require(pair["other"]?.string)))
      let comparison = try CheckpointComparison(
        base: base, other: other, measures: Self.measures(size, intruders: true))
      let expected = try #require(pair["tensors"]?.array)
      #expect(comparison.tensors.count { $0.spectral != nil } == expected.count)
      for entry in expected {
        let tensor = try #require(
          comparison.tensors.first { $0.baseName == entry["name"]?.string })
        let spectrum = try #require(tensor.spectrum)
        let values = entry["singular_values"]?.numbers ?? []
        for (value, truth) in zip(spectrum.singularValues, values) {
          #expect(abs(value - truth) <= 1e-6 * truth)
        }
        #expect(
          spectrum.singularValues.count == (size == .all ? tensor.shape.min() : values.count))
        try expect(spectrum.stableRank, is: entry["stable_rank"], within: 1e-6)
        try expect(spectrum.effectiveRank, is: entry["effective_rank"], within: 1e-6)
        #expect(spectrum.rank90 == entry["rank_90"]?.int)
        #expect(tensor.intruderCount == entry["intruder_count"]?.int)
        let rotation = try #require(tensor.rotation)
        let sides = [
          "left": [rotation.leftMeanDegrees, rotation.leftMaxDegrees],
          "right": [rotation.rightMeanDegrees, rotation.rightMaxDegrees],
        ]
        for (side, degrees) in sides {
          for (angle, truth) in zip(degrees, entry[side]?.numbers ?? []) {
            #expect(abs(angle - truth) <= 1e-3, "\(tensor.baseName) \(side)")
          }
        }
      }
    }
  }

  /// Matrices above the size up to which all values are computed.
  @Test(arguments: ["noise", "low_rank"]) func blockKrylovAgrees(name: String) throws {
    let entry = try #require(golden["synthetic"]?.array?.first { $0["name"]?.string == name })
    let shape = entry["shape"]?.integers ?? []
    let values =
      name == "noise"
      ? Self.noise(shape[0], shape[1], seed: 10) : Self.lowRank(shape[0], shape[1])
    let spectrum = try Self.spectrum(values, shape: shape, .top(16))
    #expect(spectrum.method == .blockKrylov)
    let expected = entry["singular_values"]?.numbers ?? []
    #expect(expected.count == 16 && spectrum.singularValues.count == 16)
    for (value, truth) in zip(spectrum.singularValues, expected) {
      // 32-bit products cannot tell more of values far below the largest.
      let tolerance = max(1e-3 * truth, 0x1p-20 * expected[0])
      #expect(abs(value - truth) <= tolerance, "\(value) is not \(truth)")
      #expect(abs(value - truth) <= spectrum.errorBound * expected[0])
    }
    #expect(spectrum.errorBound <= 1e-3)
    try expect(spectrum.stableRank, is: entry["stable_rank"], within: 1e-3)
    if name == "noise" {
      #expect(spectrum.rank90 == nil && spectrum.effectiveRank == nil)
      let truth = try #require(entry["rank_90"]?.int)
      #expect((17...truth).contains(spectrum.rank90AtLeast))
    } else {
      #expect(spectrum.rank90 == entry["rank_90"]?.int)
      #expect(spectrum.rank90AtLeast == spectrum.rank90)
    }
    // The other way round the basis is that of the other side.
    let turned = (0..<values.count).map { values[$0 % shape[0] * shape[1] + $0 / shape[0]] }
    let other = try Self.spectrum(turned, shape: shape.reversed(), .top(4))
    for (value, truth) in zip(other.singularValues, expected) {
      #expect(abs(value - truth) <= 1e-3 * truth)
    }
  }

  /// Values that are known exactly: those on the diagonal of a matrix.
  private static let diagonals: [(name: String, values: [Float])] = {
    let places = (0..<600).map(Float.init)
    return [
      ("even", places.map { 1 - $0 / 700 }),
      ("one over the root", places.map { 1 / (1 + $0).squareRoot() }),
      ("halves over a floor", places.map { max(0.01, exp2(-$0)) }),
      ("sixteen alike", places.map { $0 < 16 ? 1.02 : 1 - $0 / 1200 }),
      ("a step", places.map { $0 < 20 ? 1.1 - $0 / 400 : $0 < 300 ? 1 : 0.5 }),
      ("a plateau", places.map { $0 < 10 ? 1.1 - $0 / 400 : $0 < 300 ? 1 : 0.5 }),
      ("low rank over noise", places.map { $0 < 12 ? 9 - $0 / 3 : 1 - $0 / 900 }),
      ("low rank", places.map { $0 < 12 ? 9 - $0 / 3 : 0 }),
    ]
  }()

  /// Blocks of one, two and three times the kernels' width, on either side of the matrix.
  @Test(arguments: diagonals.indices, [16, 20, 40])
  func valuesAreWithinTheBound(diagonal: Int, count: Int) throws {
    let (name, truth) = Self.diagonals[diagonal]
    for shape in [[truth.count, truth.count + 37], [truth.count + 37, truth.count]] {
      var values = [Float](repeating: 0, count: shape[0] * shape[1])
      for (index, value) in truth.enumerated() { values[index * shape[1] + index] = value }
      let spectrum = try Self.spectrum(values, shape: shape, .top(count))
      #expect(spectrum.singularValues.count == count)
      for (value, truth) in zip(spectrum.singularValues, truth.map(Double.init)) {
        let error = abs(value - truth)
        let top = Double(Self.diagonals[diagonal].values[0])
        #expect(error <= max(1e-3 * truth, 0x1p-20 * top), "\(name): \(value) is not \(truth)")
        #expect(error <= spectrum.errorBound * top, "\(name): \(value) is not \(truth)")
      }
      #expect(spectrum.errorBound <= 1e-3, "\(name)")
    }
  }

  @Test func vectorsOfLargeMatricesAreSingularVectors() throws {
    let shape = [1600, 768]
    let panel = try Panel<Float>(rowCount: shape[1], columnCount: shape[0])
    let values = Self.lowRank(shape[0], shape[1])
    panel.withElements(0..<values.count) { span in
      for index in values.indices { span[index] = values[index] }
    }
    let algebra = try LinearAlgebra.load()
    let triplets = try LeadingTriplets.of(
      panel, count: 6, accuracy: .vectors(1e-4), algebra: algebra)
    #expect(triplets.method == .blockKrylov)
    let exact = try DenseTriplets(algebra: algebra, matrix: panel)
      .leading(6, wantsVectors: true)
    for (mine, truth) in zip(triplets.values, exact.values) {
      #expect(abs(mine - truth) <= 1e-4 * truth)
    }
    let rotation = try SubspaceRotation(base: triplets, other: exact, algebra: algebra)
    #expect(rotation.dimension == 6)
    #expect(rotation.leftMaxDegrees < 0.1 && rotation.rightMaxDegrees < 0.1)
  }

  @Test func aZeroDeltaTakesNoWork() throws {
    let spectrum = try Self.spectrum([0, 0, 0, 0], shape: [2, 2], .top(2))
    #expect(spectrum == .zero)
    #expect(spectrum.singularValues.isEmpty && spectrum.spectralNorm == 0)
    #expect(spectrum.stableRank == nil && spectrum.effectiveRank == nil && spectrum.rank90 == 0)
  }

  @Test func vectorsHaveNoSpectrumAndNaNsAreSaid() throws {
    let base = MemorySource("base").with("v", [1, 2]).with("w", shape: [2, 2], [1, 2, 3, 4])
    let other = MemorySource("other").with("v", [2, 2])
      .with("w", shape: [2, 2], [1, .nan, .infinity, 4])
    let comparison = try CheckpointComparison(
      base: base, other: other, measures: Self.measures(.top(2), intruders: true))
    let vector = try #require(comparison.tensors.first { $0.baseName == "v" })
    let matrix = try #require(comparison.tensors.first { $0.baseName == "w" })
    #expect(vector.spectral == nil)
    #expect(matrix.spectrum == nil && matrix.intruderCount == nil)
    #expect(matrix.spectral?.problem == "2 values are NaN or infinite")
    let members = matrix.members
    #expect(members["spectrum"] == .null && members["intruder_count"] == .null)
    #expect(members["spectrum_problem"]?.string == "2 values are NaN or infinite")
  }

  @Test func smallMatricesByHand() throws {
    // Δ = diag(3, 4), with a third row of zeros.
    let spectrum = try Self.spectrum([3, 0, 0, 4, 0, 0], shape: [3, 2], .all)
    #expect(abs(spectrum.singularValues[0] - 4) < 1e-12)
    #expect(abs(spectrum.singularValues[1] - 3) < 1e-12)
    #expect(abs((spectrum.stableRank ?? 0) - 25.0 / 16) < 1e-12)
    #expect(spectrum.rank90 == 2 && spectrum.energyCaptured == 1)
    let one = try Self.spectrum([3, 0, 0, 4, 0, 0], shape: [3, 2], .top(1))
    #expect(one.singularValues.count == 1)
    #expect(abs((one.energyCaptured ?? 0) - 16.0 / 25) < 1e-9)
    let names = Array(one.json.object?.keys ?? [])
    #expect(
      names == [
        "singular_values", "spectral_norm", "stable_rank", "energy_captured", "rank_90",
        "rank_90_at_least", "effective_rank", "error_bound", "method",
      ])
  }

  @Test func moreThanTwoAxesAreRowsByTheRest() throws {
    let values = Self.noise(4, 6, seed: 3)
    let flat = try Self.spectrum(values, shape: [4, 6], .all)
    let cube = try Self.spectrum(values, shape: [4, 2, 3], .all)
    #expect(flat == cube)
  }

  @Test func threadsDoNotChangeABit() throws {
    let base = try Checkpoint(path: Fixtures.path("series/llama/base"))
    let other = try Checkpoint(path: Fixtures.path("series/llama/stage-5-headline"))
    let shape = [900, 700]
    let (large, tuned) = Self.pair(Self.noise(shape[0], shape[1], seed: 5), shape: shape)
    let results = try [1, 2, 3].map { count in
      let group = WorkGroup(threadCount: count)
      let small = try CheckpointComparison(
        base: base, other: other, measures: Self.measures(.top(4), intruders: true),
        workGroup: group)
      let big = try CheckpointComparison(
        base: large, other: tuned, measures: Self.measures(.top(4)), workGroup: group)
      return small.tensors + big.tensors
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test func aSeriesHasSpectraToo() throws {
    let names = ["base", "stage-1-simplification", "stage-5-headline"]
    let checkpoints = try names.map { try Checkpoint(path: Fixtures.path("series/llama/\($0)")) }
    let trajectory = try Trajectory(checkpoints: checkpoints, measures: Self.measures(.top(3)))
    let pair = try CheckpointComparison(
      base: checkpoints[0], other: checkpoints[2], measures: Self.measures(.top(3)))
    #expect(trajectory.stages[1].fromBase.tensors == pair.tensors)
    #expect(trajectory.stages[1].fromPrevious.tensors != pair.tensors)
  }

  // MARK: - Adapters

  @Test(arguments: [
    ["lora"], ["rslora"], ["patterns"], ["embeddings"], ["conv1d"],
    ["base-llama", "lora", "rslora"], ["base-llama", "rslora", "lora", "patterns"],
  ])
  func factorsOfAdaptersGiveTheSameValues(names: [String]) throws {
    let parts = names.map { Fixtures.path("golden/peft/\($0)") }
    let source = try ModelSource(argument: parts.joined(separator: "+"))
    let base = try Checkpoint(path: source.checkpoint.path)
    let comparison = try CheckpointComparison(
      base: base, other: source, measures: Self.measures(.all))
    let changed = comparison.tensors.filter { $0.spectrum?.method == .factors }
    #expect(!changed.isEmpty)
    let algebra = try LinearAlgebra.load()
    let pairing = try Pairing(base: base, other: source)
    for tensor in changed {
      let pair = try #require(pairing.pairs.first { $0.key == tensor.key })
      let matrix = try #require(
        PairedMatrix.matrices(of: pair, base: base, other: source).first)
      let exact = try DenseTriplets(algebra: algebra, matrix: matrix.delta()).all().values
      let values = try #require(tensor.spectrum).singularValues
      #expect(values.count <= exact.count)
      for (value, truth) in zip(values, exact) {
        #expect(abs(value - truth) <= 1e-5 * exact[0], "\(tensor.baseName)")
      }
      #expect(exact.dropFirst(values.count).allSatisfy { $0 <= 1e-5 * exact[0] })
    }
  }

  @Test(arguments: ["dora", "conv1d-dora", "saved-modules"])
  func otherAdaptersTakeTheFullWay(name: String) throws {
    let source = try ModelSource(argument: Fixtures.path("golden/peft/\(name)"))
    let base = try Checkpoint(path: source.checkpoint.path)
    let comparison = try CheckpointComparison(
      base: base, other: source, measures: Self.measures(.all))
    let full = comparison.tensors.filter { $0.spectrum?.method == .exact }
    #expect(!full.isEmpty)
    for tensor in full {
      let sum = try #require(tensor.spectrum).singularValues.reduce(0) { $0 + $1 * $1 }
      #expect(abs(sum.squareRoot() - tensor.metrics.l2Delta) <= 1e-6 * tensor.metrics.l2Delta)
    }
  }

  @Test func anotherBaseHasNoFactors() throws {
    let source = try ModelSource(argument: Fixtures.path("golden/peft/lora"))
    let base = try Checkpoint(path: source.checkpoint.path)
    let same = try Checkpoint(path: Fixtures.path("golden/peft/base-llama"))
    let tensor = try #require(
      source.tensors.first { info in
        guard let origin = base.tensor(named: info.name) else { return false }
        return try source.lowRankDelta(of: info, from: origin, of: base) != nil
      })
    let origin = try #require(base.tensor(named: tensor.name))
    #expect(try source.lowRankDelta(of: tensor, from: origin, of: same) != nil)
    let bias = try Checkpoint(path: Fixtures.path("golden/peft/base-llama-bias"))
    #expect(try source.lowRankDelta(of: tensor, from: origin, of: bias) == nil)
    #expect(try source.lowRankDelta(of: tensor, from: origin, of: source) == nil)
  }
}
