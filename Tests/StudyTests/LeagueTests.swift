import Core
import OrderedCollections
import Statistics
import Study
import Testing

/// Drift and answers against forgetting over stages.
@Suite struct LeagueTests {
  private static let distance = StageMeasure.weights(.model, .relativeL2, .base)
  private static let step = StageMeasure.weights(.model, .relativeL2, .previous)

  /// A series with one measure and one axis.
  private static func series(
    _ name: String = "m", distances: [Double?], drops: [Double?], stepDrops: [Double?]? = nil
  ) -> LeagueSeries {
    LeagueSeries(
      name: name, stageCount: distances.count,
      measures: [distance: distances, step: distances], drops: ["x": drops],
      stepDrops: ["x": stepDrops ?? drops])
  }

  @Test func perfectOrderOfFiveStagesIsADescription() throws {
    let league = League([
      Self.series(distances: [0.1, 0.2, 0.4, 0.5, 0.9], drops: [10, 30, 50, 55, 80])
    ])
    let entry = try #require(league.entry(.series("m"), axis: "x", Self.distance))
    #expect(entry.stageCount == 5)
    #expect(entry.seriesCount == 1)
    #expect(entry.spearman?.value == 1)
    #expect(entry.spearman?.pValue == 2.0 / 120)
    #expect(entry.smallestPValue == 2.0 / 120)
    #expect(entry.isConfoundedByStage)
    // Both are in the order of the stages: nothing is left of either.
    #expect(entry.partial == nil)
    // All draws of a perfect order have a perfect order: no interval is better than one of no width.
    #expect(entry.spearman?.estimate.interval == nil)
    #expect(entry.sharedOrderPValue == nil)
    #expect(league.permutationCount == 120)
    #expect(league.seed == nil)
    #expect(league.testCount == 4)
  }

  @Test func aSingleMeasureNeedsNoCorrection() throws {
    var series = Self.series(distances: [0.1, 0.2, 0.4, 0.5, 0.9], drops: [10, 30, 50, 55, 80])
    series.measures[Self.step] = nil
    let entry = try #require(League([series]).entries.first)
    // Spearman's and Pearson's are two tests of nearly the same.
    #expect((entry.spearman?.adjustedPValue ?? 1) <= 4.0 / 120)
    #expect(entry.isClear)
  }

  @Test func distancesMeetTheDropsOfTheirReference() throws {
    let league = League([
      Self.series(
        distances: [0.3, 0.1, 0.2, 0.4], drops: [40, 50, 70, 70.5], stepDrops: [40, 10, 20, 0])
    ])
    // Drops 40, 10, 20, 0 have ranks 4 2 3 1, distances 3 1 2 4: rho = 1 - 6 * 12 / 60.
    let step = try #require(league.entry(.series("m"), axis: "x", Self.step))
    #expect(abs(try #require(step.spearman?.value) + 0.2) < 1e-12)
    let whole = try #require(league.entry(.series("m"), axis: "x", Self.distance))
    #expect(abs(try #require(whole.spearman?.value) - 0.4) < 1e-12)
  }

  @Test func differencesBetweenSeriesDoNotCount() throws {
    // Within each series the further stages lose less; the series that moved further lost more.
    let league = League([
      Self.series("near", distances: [1, 2, 3, 4], drops: [4, 3, 2, 1]),
      Self.series("far", distances: [11, 12, 13, 14], drops: [44, 43, 42, 41]),
    ])
    let entry = try #require(league.entry(.pooled, axis: "x", Self.distance))
    #expect(entry.spearman?.value == -1)
    #expect(abs(try #require(entry.pearson?.value) + 1) < 1e-12)
    #expect(entry.stageCount == 8)
    #expect(entry.seriesCount == 2)
    // Both series in full or in reversed order: 4 of 24 · 24 orders.
    #expect(entry.spearman?.pValue == 2.0 / 576)
    #expect(entry.sharedOrderPValue == 2.0 / 24)
  }

  @Test func seriesWithoutVariationAreNotCounted() throws {
    let league = League([
      Self.series("frozen", distances: [0, 0, 0, 0], drops: [1, 2, 3, 5]),
      Self.series("one", distances: [1, 2, 4, 3], drops: [1, 3, 2, 5]),
      Self.series("two", distances: [1, 4, 2, 3], drops: [1, 3, 2, 6]),
    ])
    #expect(league.entries(of: .series("frozen")).isEmpty)
    let entry = try #require(league.entry(.pooled, axis: "x", Self.distance))
    #expect(entry.seriesCount == 2)
    #expect(entry.stageCount == 8)
  }

  @Test func stagesThatLackOneSideAreNotCounted() throws {
    let league = League([
      Self.series(distances: [nil, 0.2, 0.4, 0.3, 0.9], drops: [10, 30, nil, 55, 80])
    ])
    let entry = try #require(league.entries.first)
    #expect(entry.stageCount == 3)
    #expect(!entry.allowsClaim)
    #expect(entry.spearman?.estimate.interval == nil)
    #expect(abs(try #require(entry.spearman?.value) - 1) < 1e-12)
  }

  @Test(arguments: 1...3) func fewStagesAllowNoClaim(count: Int) {
    let league = League([
      Self.series(
        distances: (1...count).map(Double.init), drops: (1...count).map { Double($0) * 10 })
    ])
    #expect(league.entries.allSatisfy { !$0.allowsClaim && !$0.isClear })
    #expect(league.findings.count == 1)
    #expect(league.findings.first?.certainty == .notClaimed)
    #expect(league.lead.contains("With \(count) stage"))
    #expect(league.lead.contains("nothing is claimed"))
  }

  @Test func constantForgettingHasNoEntries() {
    let league = League([
      Self.series(distances: [0.1, 0.2, 0.3, 0.4], drops: [0, 0, 0, 0])
    ])
    #expect(league.entries.isEmpty)
    #expect(league.testCount == 0)
    #expect(league.lead.contains("Nothing can be said"))
    #expect(league.findings.first?.certainty == .notClaimed)
  }

  @Test func nothingIsALeagueOfNothing() {
    #expect(League([LeagueSeries]()) == League())
    #expect(League().widestScope == nil)
    #expect(League().topTable(5).rows.isEmpty)
  }

  @Test func findingsOfOneSeriesSayWhatItCannotShow() throws {
    let league = try ExampleStudy.result().league
    #expect(league.widestScope == .series("llama"))
    let text = league.findings.map(\.text).joined(separator: "\n")
    #expect(text.contains("n = 5 stages"))
    #expect(text.contains("none is below 0.05"))
    #expect(text.contains("5 stages can show for one rank correlation is 0.0167"))
    #expect(text.contains("more training steps may explain both"))
    #expect(text.contains("distance from the stage before and what that stage alone took is"))
    #expect(text.contains("The unit is the stage, never the layer"))
    #expect(league.findings.allSatisfy { $0.certainty != .clear })
    #expect(league.lead.hasPrefix("No measure of drift or of answers goes with forgetting"))
    #expect(league.lead.contains("a description, not evidence"))
  }

  @Test func tablesAndJSONHoldTheSame() throws {
    let league = try ExampleStudy.result().league
    let table = league.table
    #expect(table.rows.count == league.entries.count)
    #expect(table.rows.allSatisfy { $0.count == table.columns.count })
    #expect(Set(table.columns.map(\.key)).count == table.columns.count)
    let top = league.topTable(5)
    #expect(top.rows.count == 5)
    #expect(top.rows.allSatisfy { $0.count == top.columns.count })
    // Relative L2, L2 and 1 − cosine of the whole model, from base and stage before.
    #expect(league.measureTable.rows.count == 6)
    #expect(league.measureTable.rows.allSatisfy { $0[3].text == League.allAbilities })
    let json = league.json
    #expect(json["entry_count"]?.double == Double(league.entries.count))
    #expect(json["entries"]?[0]?["n"] == 5)
    #expect(json["entries"]?[0]?["spearman"]?["p_adjusted"]?.double != nil)
    #expect(json["permutation_count"] == 120)
    #expect(json["seed"] == .null)
    let sizes = league.entries.map { entry in
      min(entry.spearman?.adjustedPValue ?? 1, entry.pearson?.adjustedPValue ?? 1)
    }
    #expect(sizes == sizes.sorted())
  }

  @Test func manyStagesAreDrawnAndRepeat() throws {
    let distances = (1...9).map { Double($0 * $0 % 11) }
    let series = Self.series(distances: distances, drops: (1...9).map { Double($0 * 7 % 10) })
    let league = League([series])
    #expect(league.permutationCount == League.drawCount)
    #expect(league.seed == 1)
    #expect(league == League([series]))
    let entry = try #require(league.entries.first { $0.measure == Self.distance })
    // The exact test of the same pairs.
    let exact = try #require(
      PermutationTest(.spearman, distances, (1...9).map { Double($0 * 7 % 10) }))
    #expect(abs(try #require(entry.spearman?.pValue) - exact.pValue) < 0.02)
    #expect(abs(try #require(entry.spearman?.value) - exact.coefficient) < 1e-12)
  }
}

/// How far the answers moved.
@Suite struct AnswerShiftTests {
  private static let reference = TaskAnswers(
    task: "t", scores: [1, 0, 1], predictions: [0, 1, 1],
    logLikelihoods: [[-1, -2], [-3, -1], [-2, -1]])

  @Test func theSameAnswersAreNoShift() {
    let shift = AnswerShift(Self.reference, from: Self.reference)
    #expect(shift.disagreement == 0)
    #expect(shift.divergenceFromReference == 0)
    #expect(shift.divergenceToReference == 0)
  }

  @Test func divergencesAreThoseOfScipy() throws {
    let answers = TaskAnswers(
      task: "t", scores: [1, 0, 0], predictions: [0, 1, 0],
      logLikelihoods: [[-1, -1], [-3, -2], [-1, -3]])
    let shift = AnswerShift(answers, from: Self.reference)
    #expect(shift.disagreement == 1.0 / 3)
    // scipy.stats.entropy of the softmax of each item's numbers, averaged.
    #expect(abs(try #require(shift.divergenceFromReference) - 0.3949722951798748) < 1e-12)
    #expect(abs(try #require(shift.divergenceToReference) - 0.3438157207539733) < 1e-12)
  }

  @Test func tasksWithoutChoicesHaveNone() {
    let answers = TaskAnswers(task: "t", scores: [1, 0])
    #expect(AnswerShift(answers, from: answers) == AnswerShift(meanOf: []))
    let half = AnswerShift(meanOf: [
      AnswerShift(answers, from: answers), AnswerShift(Self.reference, from: Self.reference),
    ])
    #expect(half.disagreement == 0)
  }
}

/// What measures of drift there are.
@Suite struct DriftMeasureTests {
  @Test func everyMeasureHasItsValue() throws {
    var values = DriftValues(
      elementCount: 4, l2: 6, relativeL2: 0.5, cosine: 0.75, identicalFraction: 0.25)
    values.rmsDelta = 3
    values.maxAbs = 5
    values.meanDelta = -2
    values.unchangedFraction = 0.5
    values.signFlipFraction = 0.125
    values.noiseFloor = 1.5
    values.pathLength = 8
    values.turnCosine = -0.5
    values.signConflictFraction = 0.375
    let found = DriftMeasure.allCases.map { $0.value(values) }
    #expect(
      found == [0.5, 6, 3, 5, 2, 0.25, 0.75, 0.5, 0.125, 4, 8, 1.5, 0.375])
    values.noiseFloor = 0
    #expect(DriftMeasure.noiseFloorRatio.value(values) == nil)
    values.l2 = .nan
    #expect(DriftMeasure.l2.value(values) == nil)
  }

  @Test func measuresAlongASeriesHaveOneReference() {
    #expect(DriftMeasure.pathLength.references == [.base])
    #expect(DriftMeasure.turn.references == [.previous])
    #expect(DriftMeasure.relativeL2.references == [.base, .previous])
  }
}
