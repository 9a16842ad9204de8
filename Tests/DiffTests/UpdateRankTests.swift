import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// The rank of updates that were merged into rounded weights.
struct UpdateRankTests {
  private static let (rows, columns) = (512, 640)

  /// Numbers that are nearly normal, with this deviation.
  private static func normals(_ count: Int, deviation: Float, seed: UInt64) -> [Float] {
    var random = SeededNumbers(seed: seed)
    return (0..<count).map { _ in
      ((0..<12).reduce(Float(0)) { sum, _ in sum + random.nextUnit() } - 6) * deviation
    }
  }

  private static func bf16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) & 0xffff_0000)
  }

  /// A product of two random thin matrices.
  private static func product(rank: Int, deviation: Float) -> [Float] {
    let left = normals(rows * rank, deviation: 1, seed: 7)
    let right = normals(rank * columns, deviation: deviation / Float(rank).squareRoot(), seed: 8)
    var values = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for place in 0..<rank {
        let factor = left[row * rank + place]
        for column in 0..<columns {
          values[row * columns + column] += factor * right[place * columns + column]
        }
      }
    }
    return values
  }

  /// What is found where this is added to weights that are stored as a type.
  private static func rank(
    adding update: [Float], as dtype: DType = .bf16, threadCount: Int = 2
  ) throws -> UpdateRank {
    func stored(_ value: Float) -> Float {
      switch dtype {
      case .bf16: bf16(value)
      case .f16: Float(Float16(value))
      default: value
      }
    }
    let weights = normals(rows * columns, deviation: 0.02, seed: 6).map(stored)
    let tuned = zip(weights, update).map { stored($0 + $1) }
    let base = MemorySource("base")
      .with("w", role: .attnQ(0), shape: [rows, columns], dtype: dtype, weights)
    let other = MemorySource("other")
      .with("w", role: .attnQ(0), shape: [rows, columns], dtype: dtype, tuned)
    let comparison = try CheckpointComparison(base: base, other: other)
    return try UpdateRank.estimate(
      of: Pairing(base: base, other: other).pairs, metrics: comparison.tensors.map(\.metrics),
      base: base, other: other, workGroup: WorkGroup(threadCount: threadCount))
  }

  @Test(arguments: [1, 2, 8, 16, 32, 64]) func mergedProductsShowTheirRank(rank: Int) throws {
    for dtype in [DType.bf16, .f16, .f32] {
      let found = try Self.rank(adding: Self.product(rank: rank, deviation: 1e-3), as: dtype)
      let seen = try #require(found.rank, "\(dtype): \(found)")
      #expect(abs(seen - rank) <= 1, "\(dtype): \(found)")
    }
  }

  @Test func smallUpdatesShowTheirRankThroughRounding() throws {
    // A third of a step of most weights.
    let found = try Self.rank(adding: Self.product(rank: 8, deviation: 1e-4))
    #expect(abs(try #require(found.rank, "\(found)") - 8) <= 1, "\(found)")
  }

  @Test func fullUpdatesAreNeverOfLowRank() throws {
    for deviation: Float in [1e-6, 1e-5, 3e-5, 1e-4, 1e-3, 1e-2] {
      let noise = Self.normals(Self.rows * Self.columns, deviation: deviation, seed: 9)
      let found = try Self.rank(adding: noise)
      #expect(found.rank == nil, "\(deviation): \(found)")
      if deviation >= 1e-3 { #expect(found.outcome == .full, "\(deviation): \(found)") }
      let spiked = zip(noise, Self.product(rank: 4, deviation: deviation)).map { $0 + $1 }
      #expect(try Self.rank(adding: spiked).rank == nil, "\(deviation) with spikes")
    }
  }

  @Test func requantisingHasNoRank() throws {
    let weights = Self.normals(Self.rows * Self.columns, deviation: 0.02, seed: 6)
    let shape = [Self.rows, Self.columns]
    let base = MemorySource("base").with("w", role: .attnQ(0), shape: shape, weights)
    let other = MemorySource("other")
      .with("w", role: .attnQ(0), shape: shape, dtype: .bf16, weights.map(Self.bf16))
    let comparison = try CheckpointComparison(base: base, other: other)
    let found = try UpdateRank.estimate(
      of: Pairing(base: base, other: other).pairs, metrics: comparison.tensors.map(\.metrics),
      base: base, other: other, workGroup: WorkGroup())
    #expect(found.rank == nil)
    #expect(
      found.outcome == .undetermined(reason: "no singular value stands above rounding"))
  }

  @Test func smallOrUnchangedMatricesDecideNothing() throws {
    let base = MemorySource("base").with("w", role: .attnQ(0), shape: [2, 2], [1, 2, 3, 4])
    let other = MemorySource("other").with("w", role: .attnQ(0), shape: [2, 2], [1, 2, 3, 5])
    let comparison = try CheckpointComparison(base: base, other: other)
    let found = try UpdateRank.estimate(
      of: Pairing(base: base, other: other).pairs, metrics: comparison.tensors.map(\.metrics),
      base: base, other: other, workGroup: WorkGroup())
    #expect(found.outcome == .undetermined(reason: "no changed matrix of floats has 32 rows"))
    #expect(found.matrices.isEmpty)
  }

  @Test func threadsDoNotChangeABit() throws {
    let update = Self.product(rank: 4, deviation: 1e-3)
    let found = try [1, 2, 3].map { try Self.rank(adding: update, threadCount: $0) }
    #expect(found[0] == found[1] && found[1] == found[2])
  }
}
