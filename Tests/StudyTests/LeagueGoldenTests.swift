import Foundation
import OrderedCollections
import Study
import TestSupport
import Testing

/// A small league against least squares and brute force.
@Suite struct LeagueGoldenTests {
  private struct Document: Decodable {
    let series: [Series]
    let permutation_count: Int
    let entries: [Entry]
  }

  private struct Series: Decodable {
    let name: String
    let measures: [Measure]
    let drops: [String: [Double]]
    let step_drops: [String: [Double]]
  }

  /// A measure's level, name, key and reference, and its values.
  private struct Measure: Decodable {
    let key: [String]
    let values: [Double?]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      key = try container.decode([String].self)
      values = try container.decode([Double?].self)
    }
  }

  private struct Entry: Decodable {
    let scope: String
    let axis: String
    let measure: [String]
    let n: Int
    let series_count: Int
    let spearman: Coefficient
    let pearson: Coefficient
    let smallest_p: Double
    let shared_order_p: Double?
    let partial: Double?
    let partial_p: Double?
  }

  private struct Coefficient: Decodable {
    let coefficient: Double
    let p: Double
    let p_adjusted: Double
    let interval: [Double]?
  }

  private static func read() throws -> Document {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("golden/league.json")))
    return try JSONDecoder().decode(Document.self, from: data)
  }

  private static func measure(_ key: [String]) throws -> StageMeasure {
    .weights(
      DriftPlace(try #require(DriftPlace.Level(rawValue: key[0])), key[1]),
      try #require(DriftMeasure(rawValue: key[2])), try #require(DriftReference(rawValue: key[3])))
  }

  private static func league(_ document: Document) throws -> League {
    let series = try document.series.map { series in
      LeagueSeries(
        name: series.name, stageCount: 4,
        measures: OrderedDictionary(
          uniqueKeysWithValues: try series.measures.map { (try measure($0.key), $0.values) }),
        drops: OrderedDictionary(
          uniqueKeysWithValues: series.drops.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
        stepDrops: OrderedDictionary(
          uniqueKeysWithValues: series.step_drops.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }))
    }
    return League(series)
  }

  @Test func coefficientsPValuesAndPartialsAreThoseOfBruteForce() throws {
    let document = try Self.read()
    let league = try Self.league(document)
    #expect(league.permutationCount == document.permutation_count)
    #expect(league.seed == nil)
    #expect(league.entries.count == document.entries.count)
    #expect(league.testCount == 2 * document.entries.count)
    for golden in document.entries {
      let scope = League.Scope.series(golden.scope)
      let entry = try #require(
        league.entry(
          golden.scope == "all series" ? .pooled : scope, axis: golden.axis,
          try Self.measure(golden.measure)))
      let place: Comment = "\(golden.scope), \(golden.axis), \(golden.measure)"
      #expect(entry.stageCount == golden.n, place)
      #expect(entry.seriesCount == golden.series_count, place)
      try check(entry.spearman, golden.spearman, place)
      try check(entry.pearson, golden.pearson, place)
      expectSame(entry.smallestPValue, golden.smallest_p, place)
      expectSame(entry.sharedOrderPValue, golden.shared_order_p, place)
      expectSame(entry.partial, golden.partial, place)
      expectSame(entry.partialPValue, golden.partial_p, place)
    }
  }

  private func check(
    _ found: LeagueEntry.Coefficient?, _ golden: Coefficient, _ place: Comment
  ) throws {
    let found = try #require(found, place)
    expectSame(found.value, golden.coefficient, place)
    expectSame(found.pValue, golden.p, place)
    expectSame(found.adjustedPValue, golden.p_adjusted, place)
    #expect(found.holmPValue >= found.pValue, place)
    #expect((found.estimate.interval == nil) == (golden.interval == nil), place)
    guard let interval = found.estimate.interval, let ends = golden.interval else { return }
    // Of one series all draws are looked at; of several both sides have drawn some, and the ends are
    // between the quantiles of 1.5 and 3.5 %, and of 96.5 and 98.5 %.
    #expect(interval.lowerBound >= ends[0] - 1e-12, place)
    #expect(interval.lowerBound <= ends[1] + 1e-12, place)
    #expect(interval.upperBound >= ends[2] - 1e-12, place)
    #expect(interval.upperBound <= ends[3] + 1e-12, place)
  }

  private func expectSame(_ found: Double?, _ golden: Double?, _ place: Comment) {
    #expect((found == nil) == (golden == nil), place)
    guard let found, let golden else { return }
    #expect(abs(found - golden) < 1e-10, place)
  }
}
