import Testing

@testable import Inference

/// What depends on positions alone, against values of transformers 5.23.
struct PositionTests {
  /// From which distances on, of those from -200 to 200, the bucket is another.
  private static func borders(_ buckets: RelativeBuckets) -> [[Int]] {
    var borders: [[Int]] = []
    for distance in -200...200 {
      let bucket = buckets.bucket(ofDistance: distance)
      if borders.last?[1] != bucket { borders.append([distance, bucket]) }
    }
    return borders
  }

  @Test func `distances fall into the buckets of T5`() {
    #expect(
      Self.borders(RelativeBuckets(count: 32, maximumDistance: 128, isBidirectional: true)) == [
        [-200, 15], [-90, 14], [-63, 13], [-45, 12], [-31, 11], [-22, 10], [-15, 9], [-11, 8],
        [-7, 7], [-6, 6], [-5, 5], [-4, 4], [-3, 3], [-2, 2], [-1, 1], [0, 0], [1, 17], [2, 18],
        [3, 19], [4, 20], [5, 21], [6, 22], [7, 23], [8, 24], [12, 25], [16, 26], [23, 27],
        [32, 28], [46, 29], [64, 30], [91, 31],
      ])
    #expect(
      Self.borders(RelativeBuckets(count: 32, maximumDistance: 128, isBidirectional: false)) == [
        [-200, 31], [-112, 30], [-98, 29], [-86, 28], [-76, 27], [-66, 26], [-58, 25], [-51, 24],
        [-45, 23], [-39, 22], [-34, 21], [-30, 20], [-26, 19], [-23, 18], [-20, 17], [-18, 16],
        [-15, 15], [-14, 14], [-13, 13], [-12, 12], [-11, 11], [-10, 10], [-9, 9], [-8, 8],
        [-7, 7], [-6, 6], [-5, 5], [-4, 4], [-3, 3], [-2, 2], [-1, 1], [0, 0],
      ])
    #expect(
      Self.borders(RelativeBuckets(count: 8, maximumDistance: 20, isBidirectional: true)) == [
        [-200, 3], [-6, 2], [-1, 1], [0, 0], [1, 5], [2, 6], [7, 7],
      ])
    #expect(
      Self.borders(RelativeBuckets(count: 10, maximumDistance: 33, isBidirectional: false)) == [
        [-200, 9], [-22, 8], [-15, 7], [-10, 6], [-7, 5], [-4, 4], [-3, 3], [-2, 2], [-1, 1],
        [0, 0],
      ])
  }

  @Test(arguments: [
    (1, [0.00390625]), (3, [0.0625, 0.00390625, 0.25]),
    (6, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]),
    (8, [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]),
    (
      12,
      [
        0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.70710677, 0.35355338,
        0.17677668, 0.08838834,
      ]
    ),
  ])
  func `slopes are those of BLOOM for any number of heads`(_ count: Int, _ expected: [Float]) {
    let slopes = Alibi.slopes(headCount: count, maximum: 8)
    #expect(slopes.count == count)
    for (slope, expected) in zip(slopes, expected) { #expect(abs(slope / expected - 1) < 1e-6) }
  }

  @Test func `tables hold a bias for every pair of positions`() {
    let plain = PositionBiasTable(
      slopes: [0.5, 0.25], factor: 2, isRoundedToBFloat16: false, positionCount: 300)
    for (query, key) in [(0, 0), (5, 2), (299, 0), (299, 299), (150, 149)] {
      #expect(plain.values[plain.place(head: 1, query: query, key: key)] == Float(key - query) / 2)
    }
    // 8 significant bits hold no 257.
    let rounded = PositionBiasTable(
      slopes: [0.5, 0.7], factor: 1, isRoundedToBFloat16: true, positionCount: 300)
    #expect(rounded.values[rounded.place(head: 0, query: 299, key: 257)] == 128)
    #expect(rounded.values[rounded.place(head: 1, query: 2, key: 1)] == 0.69921875)
    #expect(rounded.values[rounded.place(head: 0, query: 9, key: 3)] == 1.5)
  }

  @Test func `frequencies stay the same up to a length where they depend on it`() {
    let dynamic = RotaryPositions(
      dimension: 8, theta: 10_000, scaling: .dynamic(factor: 4, length: 32))
    #expect(dynamic.lastLength(like: 5) == 32)
    #expect(dynamic.lastLength(like: 33) == 33)
    #expect(dynamic.frequencies(length: 32) == dynamic.frequencies(length: 1))
    #expect(dynamic.frequencies(length: 33)[1] < dynamic.frequencies(length: 32)[1])
    let long = RotaryPositions(
      dimension: 4, theta: 100,
      scaling: .longRope(
        .init(short: [1, 2], long: [4, 5], originalLength: 16, attentionFactor: 1.5)))
    #expect(long.lastLength(like: 16) == 16)
    #expect(long.lastLength(like: 17) == .max)
    #expect(long.frequencies(length: 16) == [1, 0.05])
    #expect(long.frequencies(length: 17) == [0.25, 0.02])
    #expect(long.attentionFactor == 1.5)
  }
}
