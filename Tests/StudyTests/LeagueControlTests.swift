import Core
import Foundation
import OrderedCollections
import Statistics
import Study
import Testing

/// Leagues of made-up series in which it is known whether drift and forgetting go together.
@Suite struct LeagueControlTests {
  private static let stageCount = 5
  private static let places: [DriftPlace] = [
    .model, DriftPlace(.layer, "0"),
  ]
  private static let axes = ["knowledge", "reasoning", "reading"]

  /// Numbers that are normally distributed, by the method of Box and Muller.
  private struct Normal {
    var generator: SeededGenerator

    mutating func next() -> Double {
      let share = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator)
      let radius = (-2 * log(share)).squareRoot()
      return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
    }
  }

  /// A series whose stages move by steps of different sizes, of which all measures tell with some noise,
  /// and lose in proportion to how far they moved.
  private static func series(_ name: String, _ normal: inout Normal) -> LeagueSeries {
    let steps = (0..<stageCount).map { _ in 0.1 * exp(0.5 * normal.next()) }
    var measures: OrderedDictionary<StageMeasure, [Double?]> = [:]
    for reference in DriftReference.allCases {
      let distances = distances(steps, reference)
      for place in places {
        let share = exp(0.3 * normal.next())
        for measure in DriftMeasure.allCases where measure.references.contains(reference) {
          let isTurn = measure.references == [.previous]
          measures[.weights(place, measure, reference)] = distances.enumerated().map {
            let own = share * $1 * exp(0.2 * normal.next())
            return $0 == 0 && isTurn ? nil : own
          }
        }
      }
      measures[.outputs(axis: League.allAbilities, .divergenceFromReference, reference)] =
        distances.map { $0 * $0 * exp(0.2 * normal.next()) }
    }
    func drops(_ reference: DriftReference) -> OrderedDictionary<String, [Double?]> {
      OrderedDictionary(
        uniqueKeysWithValues: axes.map { axis in
          (axis, distances(steps, reference).map { 100 * $0 + 2 * normal.next() })
        })
    }
    return LeagueSeries(
      name: name, stageCount: stageCount, measures: measures, drops: drops(.base),
      stepDrops: drops(.previous))
  }

  /// The distance of each stage where steps are at right angles.
  private static func distances(_ steps: [Double], _ reference: DriftReference) -> [Double] {
    guard reference == .base else { return steps }
    return steps.indices.map { index in
      steps[...index].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }

  /// The series with its stages' forgetting in another order, the same for all axes.
  private static func shuffled(
    _ series: LeagueSeries, _ generator: inout SeededGenerator
  ) -> LeagueSeries {
    let order = (0..<series.stageCount).shuffled(using: &generator)
    var series = series
    series.drops = series.drops.mapValues { drops in order.map { drops[$0] } }
    series.stepDrops = series.stepDrops.mapValues { drops in order.map { drops[$0] } }
    return series
  }

  private static func example(seed: UInt64) -> [LeagueSeries] {
    var normal = Normal(generator: SeededGenerator(seed: seed))
    return ["a", "b", "c"].map { series($0, &normal) }
  }

  @Test func controlsWithPermutedStagesReportFewAssociations() {
    var reported = 0
    for control in 0..<200 {
      var generator = SeededGenerator(seed: UInt64(1000 + control))
      let series = Self.example(seed: UInt64(control))
        .map { Self.shuffled($0, &generator) }
      let league = League(series)
      if league.entries.contains(where: \.isClear) { reported += 1 }
      #expect(
        league.findings.contains { $0.certainty == .clear }
          == league.entries.contains(where: \.isClear))
    }
    // 5 % are expected; 18 of 200 or fewer have a probability of 0.992.
    #expect(reported <= 18)
  }

  @Test func trueAssociationsAreFound() throws {
    var found = 0
    for seed in 0..<20 {
      let league = League(Self.example(seed: UInt64(seed)))
      if league.entries(of: .pooled).contains(where: \.isClear) { found += 1 }
    }
    #expect(found >= 16)
    let league = League(Self.example(seed: 0))
    let first = try #require(league.entries(of: .pooled).first)
    #expect(first.isClear)
    #expect((first.spearman?.value ?? 0) > 0.5)
    #expect(first.stageCount <= 15)
    #expect(league.lead.hasPrefix("What went with forgetting"))
    #expect(league.findings.contains { $0.certainty == .clear })
    #expect(league.findings.contains { $0.text.contains("rearranged in the same way") })
  }

  @Test func threadsDoNotChangeABit() {
    let series = Self.example(seed: 7)
    let league = League(series, workGroup: WorkGroup(threadCount: 1))
    #expect(League(series, workGroup: WorkGroup(threadCount: 3)) == league)
    #expect(league.seed == 1)
    #expect(league.permutationCount == League.drawCount)
  }
}
