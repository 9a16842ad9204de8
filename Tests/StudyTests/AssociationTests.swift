import Core
import OrderedCollections
import Statistics
import Study
import Testing

/// Drift against forgetting over stages.
@Suite struct AssociationTests {
  /// A model of one layer whose drift and one task whose score are given by stage.
  private func report(distances: [Double], scores: [Double]) throws -> AssociationReport {
    let drift = distances.enumerated().map { index, distance in
      Self.stage(index + 1, distance)
    }
    let records = scores.enumerated().map { stage, score in
      ScoreRecord(run: "m", stage: stage, axis: "x", task: "a", score: score)
    }
    let table = try ScoreTable(records: records, scale: .percent)
    return AssociationReport(drift: drift, axes: ForgettingReport(table).axes)
  }

  private static func stage(_ number: Int, _ distance: Double) -> StageDrift {
    let values = DriftValues(
      elementCount: 10, l2: distance * 3, relativeL2: distance, cosine: 1 - distance / 7,
      identicalFraction: 0)
    let parts: OrderedDictionary<DriftPlace, DriftValues> = [
      .model: values, DriftPlace(.layer, "0"): values,
    ]
    return StageDrift(stage: "s\(number)", fromBase: parts, fromPrevious: parts)
  }

  @Test func perfectOrderOfFiveStages() throws {
    let report = try report(
      distances: [0.1, 0.2, 0.4, 0.5, 0.9], scores: [100, 90, 70, 50, 45, 20])
    let first = try #require(report.ofModel.first)
    #expect(first.stageCount == 5)
    #expect(first.spearman?.coefficient == 1)
    #expect(first.spearman?.pValue == 2.0 / 120)
    #expect(first.isConfoundedByStage)
    // 1 axis, 2 references, 2 parts, 3 measures, and two coefficients of each.
    #expect(report.associations.count == 12)
    #expect(report.testCount == 24)
    #expect(first.spearmanAdjustedPValue.map { $0 > 0.05 } == true)
  }

  @Test func dropsOfSingleStagesMeetDistancesFromTheStageBefore() throws {
    // Steps of 40, 10 and 20 points against distances in another order.
    let report = try report(distances: [0.3, 0.1, 0.2, 0.4], scores: [100, 60, 50, 30, 30])
    let step = try #require(report.ofModel.first { $0.reference == .previous })
    // Drops 40, 10, 20, 0 have ranks 4 2 3 1, distances 3 1 2 4: rho = 1 - 6 * 12 / 60.
    #expect(abs(try #require(step.spearman?.coefficient) - -0.2) < 1e-12)
    let whole = try #require(report.ofModel.first { $0.reference == .base })
    #expect(whole.spearman?.coefficient != step.spearman?.coefficient)
  }

  @Test(arguments: 1...3) func fewStagesAllowNoClaim(count: Int) throws {
    let report = try report(
      distances: (1...count).map(Double.init), scores: (0...count).map { 90 - Double($0) * 10 })
    #expect(report.associations.allSatisfy { !$0.allowsClaim && $0.stageCount == count })
    #expect(report.findings.count == 1)
    #expect(report.findings[0].certainty == .notClaimed)
    #expect(report.findings[0].text.contains("With \(count) stage"))
    #expect(report.findings[0].text.contains("nothing is claimed"))
  }

  @Test func findingsSayNTheSmallestPAndHowManyWereLookedAt() throws {
    let report = try report(
      distances: [0.1, 0.2, 0.4, 0.5, 0.9], scores: [100, 90, 70, 50, 45, 20])
    let text = report.findings.map(\.text).joined(separator: "\n")
    #expect(text.contains("n = 5"))
    #expect(text.contains("p = 0.0167"))
    #expect(text.contains("12 associations were looked at (24 p-values)"))
    #expect(text.contains("none is below 0.05"))
    #expect(text.contains("more training steps may explain both"))
    #expect(report.findings.allSatisfy { $0.certainty != .clear })
  }

  @Test func constantForgettingHasNoCoefficient() throws {
    let report = try report(distances: [0.1, 0.2, 0.3, 0.4], scores: [80, 80, 80, 80, 80])
    #expect(report.associations.allSatisfy { $0.spearman == nil && $0.pearson == nil })
    #expect(report.testCount == 0)
    #expect(!report.findings.contains { $0.text.contains("Spearman") })
  }
}
