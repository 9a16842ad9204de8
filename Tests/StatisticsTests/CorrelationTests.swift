import Core
import Foundation
import Statistics
import TestSupport
import Testing

/// Coefficients and p-values against scipy.
@Suite struct CorrelationTests {
  private static let x = [2.5, 1, 1, 3, 7, 7, 9]
  private static let y: [Double] = [1, 0, 2, 2, 5, 3, 8]

  @Test func tiesShareTheAverageOfTheirRanks() {
    #expect(averageRanks(Self.x) == [3, 1.5, 1.5, 4, 5.5, 5.5, 7])
    #expect(averageRanks([]) == [])
  }

  @Test func momentsAreThoseOfNumpy() throws {
    #expect(abs(try #require(mean(Self.x)) - 4.357142857142857) < 1e-14)
    #expect(abs(try #require(sampleStandardDeviation(Self.x)) - 3.2495420922837437) < 1e-14)
    #expect(mean([]) == nil)
    #expect(sampleStandardDeviation([3]) == nil)
  }

  @Test func coefficientsAreThoseOfScipy() throws {
    #expect(abs(try #require(pearson(Self.x, Self.y)) - 0.8901715859853335) < 1e-12)
    #expect(abs(try #require(spearman(Self.x, Self.y)) - 0.8899457101438082) < 1e-12)
  }

  @Test func exactPValuesAreThoseOfAllOrders() throws {
    let linear = try #require(PermutationTest(.pearson, Self.x, Self.y))
    #expect(linear.pValue == 16.0 / 5040)
    #expect(linear.orderCount == 5040)
    let monotone = try #require(PermutationTest(.spearman, Self.x, Self.y))
    #expect(monotone.pValue == 64.0 / 5040)
    #expect(monotone.seed == nil)
  }

  @Test func perfectOrderOfFiveHasTheSmallestPValueThereIs() throws {
    let test = try #require(PermutationTest(.spearman, [1, 2, 3, 4, 5], [1, 3, 9, 27, 81]))
    #expect(test.coefficient == 1)
    #expect(test.pValue == 2.0 / 120)
    #expect(test.smallestPValue == 2.0 / 120)
  }

  @Test(arguments: [CorrelationKind.pearson, .spearman])
  func constantSeriesHasNoCorrelation(kind: CorrelationKind) {
    #expect(correlation(kind, [1, 1, 1], [1, 2, 3]) == nil)
    #expect(correlation(kind, [1], [2]) == nil)
    #expect(correlation(kind, [1, 2, .nan], [1, 2, 3]) == nil)
    #expect(PermutationTest(kind, [1, 2, 3], [4, 4, 4]) == nil)
  }

  @Test func hugeAndTinyValuesKeepTheirCorrelation() throws {
    #expect(
      abs(try #require(pearson([1e300, 2e300, 3e300], [1e-300, 2e-300, 3e-300])) - 1) < 1e-12)
  }

  @Test func drawnOrdersApproachTheExactPValueAndRepeat() throws {
    // Nine pairs: beyond the exact limit. numpy over all 362,880 orders gives the value below.
    let x: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    let y: [Double] = [2, 1, 4, 3, 9, 5, 6, 8, 7]
    let test = try #require(PermutationTest(.pearson, x, y, seed: 7))
    #expect(test.seed == 7)
    #expect(test.orderCount == PermutationTest.drawCount)
    #expect(test == PermutationTest(.pearson, x, y, seed: 7))
    #expect(test.pValue != PermutationTest(.pearson, x, y, seed: 8)?.pValue)
    #expect(abs(test.pValue - exactPValueOfNine) < 0.005)
  }

  /// All 362,880 orders, by numpy.
  private let exactPValueOfNine = 0.017223324514991183

  @Test func generatorIsSplitMix64() {
    // The first numbers from seed 1234567 of the published algorithm.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }

  @Test func holmIsThatOfStatsmodels() {
    let adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005, 0.5])
    for (found, expected) in zip(adjusted, [0.04, 0.09, 0.09, 0.025, 0.5]) {
      #expect(abs(found - expected) < 1e-15)
    }
    #expect(holmAdjusted([0.6, 0.7]) == [1, 1])
    #expect(holmAdjusted([]) == [])
  }
}

/// The golden file that scipy made.
@Suite struct GoldenStatisticsTests {
  private struct Document: Decodable {
    let cases: [Case]
  }

  private struct Case: Decodable {
    let x: [Double]
    let y: [Double]
    let pearson: Double?
    let spearman: Double?
    let pearson_p: Double?
    let spearman_p: Double?
  }

  @Test func coefficientsAndExactPValuesAreThoseOfScipy() throws {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("golden/statistics.json")))
    let cases = try JSONDecoder().decode(Document.self, from: data).cases
    try #require(!cases.isEmpty)
    for golden in cases {
      check(.pearson, golden, golden.pearson, golden.pearson_p)
      check(.spearman, golden, golden.spearman, golden.spearman_p)
    }
  }

  private func check(
    _ kind: CorrelationKind, _ golden: Case, _ coefficient: Double?, _ pValue: Double?
  ) {
    let test = PermutationTest(kind, golden.x, golden.y)
    #expect((test == nil) == (coefficient == nil), "\(kind) of \(golden)")
    guard let test, let coefficient else { return }
    #expect(abs(test.coefficient - coefficient) < 1e-12, "\(kind) of \(golden)")
    if test.seed == nil, let pValue {
      #expect(abs(test.pValue - pValue) < 1e-12, "\(kind) p of \(golden)")
    }
  }
}
