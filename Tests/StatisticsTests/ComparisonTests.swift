import Core
import Foundation
import Statistics
import TestSupport
import Testing

/// Statistics of paired comparisons against scipy and statsmodels.
@Suite struct ComparisonStatisticsTests {
  private let golden: JSONValue

  init() throws { golden = try Golden.document("comparisons.json") }

  private func cases(_ key: String) throws -> [JSONValue] {
    let cases = try #require(golden[key]?.array)
    try #require(!cases.isEmpty)
    return cases
  }

  private func isNear(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-10) -> Bool {
    abs(found - expected) <= tolerance * max(abs(expected), 1e-300)
  }

  @Test func mcNemarIsThatOfStatsmodels() throws {
    for example in try cases("mcnemar") {
      let test = McNemarTest(
        lostCount: try #require(example["b"]?.int), gainedCount: try #require(example["c"]?.int))
      #expect(isNear(test.pValue, try #require(example["exact"]?.double)), "\(example)")
      // scipy's own distribution function is off by 1e-9 of very small values.
      #expect(isNear(test.midPValue, try #require(example["mid"]?.double), 1e-7), "\(example)")
    }
  }

  @Test(arguments: [
    (300, 220, 5.194158e-4, 4.460154e-4), (10, 2, 0.03857422, 0.02246094),
    (15, 5, 0.04138947, nil), (6, 0, 0.03125, nil), (5, 0, 0.0625, nil),
  ])
  func mcNemarHasThePublishedValues(lost: Int, gained: Int, exact: Double, mid: Double?) {
    let test = McNemarTest(lostCount: lost, gainedCount: gained)
    #expect(abs(test.pValue - exact) < 5e-9)
    if let mid { #expect(abs(test.midPValue - mid) < 5e-9) }
  }

  @Test func mcNemarOfVeryManyItemsIsFinite() {
    let even = McNemarTest(lostCount: 1_000_000, gainedCount: 1_000_000)
    #expect(even.pValue == 1)
    #expect(abs(even.midPValue - 1) < 1e-9)
    let uneven = McNemarTest(lostCount: 1_000_000, gainedCount: 900_000)
    #expect(uneven.pValue >= 0 && uneven.pValue < 1e-300)
  }

  @Test func correctionsAreThoseOfStatsmodels() throws {
    for example in try cases("corrections") {
      let pValues = try #require(example["p"]?.numbers)
      let holm = try #require(example["holm"]?.numbers)
      let falseDiscovery = try #require(example["benjamini_hochberg"]?.numbers)
      #expect(zip(holmAdjusted(pValues), holm).allSatisfy { isNear($0, $1) })
      let found = benjaminiHochbergAdjusted(pValues)
      #expect(found.count == falseDiscovery.count)
      #expect(zip(found, falseDiscovery).allSatisfy { isNear($0, $1) }, "\(found)")
    }
  }

  @Test func detectableDifferencesSolveConnorsFormula() throws {
    for example in try cases("powers") {
      let found = DetectableDifference.ofShares(
        count: try #require(example["n"]?.int),
        discordantCount: try #require(example["discordant"]?.int),
        designEffect: try #require(example["design_effect"]?.double))
      let expected = example["difference"]?.double
      #expect((found == nil) == (expected == nil), "\(example)")
      if let found, let expected { #expect(isNear(found, expected), "\(example)") }
    }
    #expect(isNear(DetectableDifference.ofMean(standardError: 2), 5.603170436225937))
  }

  @Test func wilsonIntervalIsThatOfStatsmodels() throws {
    for example in try cases("wilson") {
      let interval = wilsonInterval(
        of: try #require(example["count"]?.double), outOf: try #require(example["total"]?.int))
      let expected = try #require(example["interval"]?.numbers)
      #expect(abs(interval.lowerBound - expected[0]) < 1e-12, "\(example)")
      #expect(abs(interval.upperBound - expected[1]) < 1e-12, "\(example)")
    }
  }

  @Test func normalPValuesAreThoseOfScipy() throws {
    for example in try cases("two_sided") {
      let found = NormalDistribution.twoSidedPValue(try #require(example["z"]?.double))
      #expect(isNear(found, try #require(example["p"]?.double), 1e-12))
    }
  }

  @Test func errorsOfDifferencesAreThoseOfStatsmodels() throws {
    for example in try cases("differences") {
      let found = PairedDifference(
        try #require(example["differences"]?.numbers), clusters: example["clusters"]?.integers)
      let error = try #require(example["standard_error"]?.double)
      let clustered = try #require(example["clustered_standard_error"]?.double)
      #expect(abs(found.mean - (try #require(example["mean"]?.double))) < 1e-12)
      #expect(isNear(try #require(found.standardError), error))
      #expect(isNear(try #require(found.clusteredStandardError), clustered))
      #expect(isNear(try #require(found.designEffect), (clustered / error) * (clustered / error)))
    }
    #expect(PairedDifference([0.5]).standardError == nil)
    #expect(PairedDifference([0.5, 1]).clusteredStandardError == nil)
  }

  /// The ends of 10,000 draws scatter by about 0.03 standard errors.
  @Test func bootstrapIntervalsAreThoseOfScipy() throws {
    for example in try cases("differences") {
      let items: [[Double]] = try #require(example["differences"]?.numbers).map { [$0, 1] }
      let clusters = try #require(example["clusters"]?.integers)
      let plain = try #require(mean(PairedBootstrap(strata: [items])))
      let error = try #require(example["standard_error"]?.double)
      let clustered = try #require(mean(PairedBootstrap(items: items, clusters: clusters)))
      let clusteredError = try #require(example["clustered_standard_error"]?.double)
      for (found, key, error) in [
        (plain, "interval", error), (clustered, "clustered_interval", clusteredError),
      ] {
        let expected = try #require(example[key]?.numbers)
        #expect(abs(found.interval.lowerBound - expected[0]) < 0.15 * error, "\(key)")
        #expect(abs(found.interval.upperBound - expected[1]) < 0.15 * error, "\(key)")
      }
    }
  }

  @Test func permutationTestsAreThoseOfScipy() throws {
    for example in try cases("permutations") {
      let first = try #require(example["first"]?.numbers)
      let second = try #require(example["second"]?.numbers)
      let found = try #require(difference(PairedPermutation(strata: [units(first, second)])))
      let expected = try #require(example["p"]?.double)
      let isExact = first.count <= PairedPermutation.exactLimit
      #expect(abs(found - expected) < (isExact ? 1e-12 : 0.02), "\(example)")
    }
  }

  @Test func clustersAreSwappedTogether() {
    // Two clusters that both lost: of four ways to swap, two are as extreme.
    let items = units([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0])
    #expect(difference(PairedPermutation(items: items, clusters: [1, 1, 1, 2, 2, 2])) == 0.5)
    #expect(difference(PairedPermutation(strata: [items])) == 2.0 / 64)
  }

  @Test func permutationTestDoesNotDependOnThreads() throws {
    let test = PairedPermutation(
      strata: [units((0..<90).map { Double($0 % 7) }, (0..<90).map { Double($0 % 5) })])
    let one = try #require(difference(test, threads: 1))
    #expect(difference(test, threads: 3) == one)
    #expect(one > 1e-4 && one < 1)
  }

  private func units(_ first: [Double], _ second: [Double]) -> [[Double]] {
    zip(first, second).map { [$0, 1, $1, 1] }
  }

  private func difference(_ test: PairedPermutation, threads: Int = 2) -> Double? {
    test.pValue(workGroup: WorkGroup(threadCount: threads)) {
      $0[0][2] / $0[0][3] - $0[0][0] / $0[0][1]
    }
  }

  @Test func bootstrapDoesNotDependOnThreads() throws {
    let items: [[Double]] = (0..<97).map { [Double($0 * $0 % 13) - 6.5, 1] }
    let bootstrap = PairedBootstrap(strata: [items])
    let one = try #require(mean(bootstrap, threads: 1))
    #expect(mean(bootstrap, threads: 3) == one)
    #expect(one.interval.lowerBound < one.interval.upperBound)
  }

  @Test func strataKeepTheirSizes() throws {
    // Within strata nothing varies, so nothing does.
    let bootstrap = PairedBootstrap(strata: [[[1], [1], [1]], [[5]]])
    let result = try #require(
      bootstrap.result(workGroup: WorkGroup(threadCount: 1)) { $0[0][0] + $0[1][0] })
    #expect(result.interval == 8...8)
  }

  @Test func statisticWithoutValueHasNoInterval() {
    let bootstrap = PairedBootstrap(strata: [[[1, 0], [2, 1]]])
    #expect(mean(bootstrap) == nil)
  }

  /// Items of a cluster that go together make an ordinary bootstrap far too sure: of 50 clusters of 10
  /// items with a correlation of 0.7 it rejects two of five true nulls, not one of twenty; swapping
  /// whole clusters keeps the rate too.
  @Test func clustersKeepTheRateOfFalseAlarms() throws {
    var generator = SplitMix(seed: 5)
    var plainAlarms = 0
    var clusterAlarms = 0
    var swapAlarms = 0
    let runs = 80
    for _ in 0..<runs {
      var items: [[Double]] = []
      for _ in 0..<50 {
        let shift = normal(&generator) * 0.7.squareRoot()
        for _ in 0..<10 { items.append([shift + normal(&generator) * 0.3.squareRoot(), 1]) }
      }
      let clusters = items.indices.map { $0 / 10 }
      let plain = try #require(mean(PairedBootstrap(strata: [items])))
      let clustered = try #require(mean(PairedBootstrap(items: items, clusters: clusters)))
      if !plain.interval.contains(0) { plainAlarms += 1 }
      if !clustered.interval.contains(0) { clusterAlarms += 1 }
      let swap = PairedPermutation(
        items: units(items.map { _ in 0 }, items.map { $0[0] }), clusters: clusters)
      if try #require(difference(swap)) < 0.05 { swapAlarms += 1 }
    }
    #expect(plainAlarms > runs / 4)
    #expect(clusterAlarms < runs / 7)
    #expect(swapAlarms < runs / 7)
  }

  private func normal(_ generator: inout SplitMix) -> Double {
    // Box and Muller.
    let radius = (-2 * log(Double.random(in: 0.0.nextUp...1, using: &generator))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
  }

  private func mean(_ bootstrap: PairedBootstrap, threads: Int = 2) -> PairedBootstrap.Result? {
    bootstrap.result(workGroup: WorkGroup(threadCount: threads)) { $0[0][0] / $0[0][1] }
  }
}
