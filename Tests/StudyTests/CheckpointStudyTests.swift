import Core
import Foundation
import OrderedCollections
import Study
import TestSupport
import Testing

/// The trained series, from its files to a report.
@Suite struct CheckpointStudyTests {
  private static let study = Fixtures.path("study-llama.yaml")

  private func run(
    threads: Int, deliver: ([StudyDocument]) throws -> Void = { _ in }
  ) throws -> StudyResult {
    var plan = try StudyPlan(file: Self.study)
    plan.limit = 12
    let instruments = try CheckpointInstruments(
      plan: plan, version: "0.1.0", workGroup: WorkGroup(threadCount: threads))
    return try StudyRunner(plan: plan, instruments: instruments).run(
      version: "0.1.0", command: "lethe study", createdAt: "2025-01-02T03:04:05Z",
      deliver: deliver)
  }

  @Test func everyNumberOfTheReportIsTheSameForAnyThreadCount() throws {
    let first = try run(threads: 1).documents()
    #expect(try run(threads: 3).documents() == first)
  }

  @Test func trainedSeriesShowsLearningDriftAndForgetting() throws {
    var documents: [String: String] = [:]
    let result = try run(threads: 2) { for file in $0 { documents[file.path] = file.text } }
    let series = try #require(result.series.first)
    #expect(series.checkpoints.map(\.name).first == "base")
    #expect(Set(series.checkpoints.compactMap(\.contentHash)).count == 6)
    #expect(series.scores.allSatisfy { $0.tasks.count == 13 })
    #expect(series.scores[0].tasks.allSatisfy { $0.itemCount == 12 })
    // The model knows its world before stage 1, and each stage teaches its task.
    let knowledge = try #require(series.forgetting.axes.first)
    #expect(knowledge.initial >= 0.8)
    #expect(try #require(knowledge.finalDropPercent) > 15)
    #expect(series.learning.allSatisfy { ($0.gainPoints ?? 0) >= 25 })
    // Weights move in every stage, and further from the base at the end than at the start.
    let moved = series.drift.compactMap { $0.fromBase[.model]?.relativeL2 }
    #expect(moved.count == 5)
    #expect(moved[4] > moved[0])
    // The first stage is as far from the base as from the stage before; only the way from the base is
    // not a number of the stage.
    var first = series.drift[0].fromBase
    for place in first.keys { first[place]?.pathLength = nil }
    #expect(first == series.drift[0].fromPrevious)
    let ways = series.drift.compactMap { $0.fromBase[.model]?.pathLength }
    #expect(ways == ways.sorted())
    #expect(try #require(ways.last) > series.drift[4].fromBase[.model]?.l2 ?? .infinity)
    #expect(series.drift[1].fromPrevious[.model]?.turnCosine == series.drift[1].turnCosine)
    #expect(series.drift[0].fromPrevious[.model]?.signConflictFraction == nil)
    #expect(series.drift[1].fromPrevious[.model]?.signConflictFraction != nil)
    #expect(series.drift[0].turnCosine == nil)
    #expect(series.drift[1].turnCosine != nil)
    #expect(series.drift[0].fromBase.keys.filter { $0.level == .layer }.count == 4)
    // lm-eval's tools look for these names.
    let results = try #require(documents["results/llama/2-dialogue/results_2-dialogue.json"])
    #expect(try JSONValue(parsing: results)["results"]?["reading"]?["acc,none"]?.double != nil)
    let samples = try #require(
      documents["results/llama/2-dialogue/samples_reading_2-dialogue.jsonl"])
    #expect(samples.split(separator: "\n").count == 12)
  }

  @Test func groupOfTheTaskFilesIsAnAxis() throws {
    var plan = try StudyPlan(file: Self.study)
    plan.axes = [StudyPlan.Axis(name: "knowledge", tasks: ["domain_knowledge"])]
    plan.newTasks = []
    let instruments = try CheckpointInstruments(
      plan: plan, version: "0.1.0", workGroup: WorkGroup(threadCount: 1))
    let runner = try StudyRunner(plan: plan, instruments: instruments)
    #expect(runner.tasks == ["know_people", "know_places", "know_creatures", "know_devices"])
  }

  @Test func unknownTaskIsNamedBeforeAnythingIsComputed() throws {
    var plan = try StudyPlan(file: Self.study)
    plan.axes[0].tasks = ["know_peeple"]
    let instruments = try CheckpointInstruments(
      plan: plan, version: "0.1.0", workGroup: WorkGroup(threadCount: 1))
    let error = #expect(throws: InputError.self) {
      try StudyRunner(plan: plan, instruments: instruments)
    }
    #expect(error?.description.contains("know_peeple") == true)
  }
}
