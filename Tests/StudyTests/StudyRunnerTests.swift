import Core
import Foundation
import Study
import TestSupport
import Testing

/// From a plan to results and documents.
@Suite struct StudyRunnerTests {
  @Test func measuresEverythingAndDerivesTheRest() throws {
    let series = try #require(try ExampleStudy.result().series.first)
    #expect(series.scores.count == 6)
    #expect(series.drift.count == 5)
    #expect(series.axes[0].tasks == ["know_people", "know_places"])
    #expect(series.axes[3].kind == .bias)
    let knowledge = try #require(series.forgetting.axes.first)
    // Drops of people 7 18 32 38 46 of 98, of places 7 19 27 39 48 of 97.
    let people = (7 + 18 + 32 + 38 + 46) / 5.0 / 98 * 100
    let places = (7 + 19 + 27 + 39 + 48) / 5.0 / 97 * 100
    #expect(abs(try #require(knowledge.fgPercent) - (people + places) / 2) < 1e-9)
    let axis = series.scores(of: series.axes[0])
    #expect(abs(axis[0].value - 0.975) < 1e-12)
    #expect(axis[0].chance == 0.25)
    #expect(series.associations.associations.count == 4 * 2 * 17 * 3)
  }

  @Test func standardErrorOfAnAxisAddsVariances() throws {
    let series = try #require(try ExampleStudy.result().series.first)
    let errors = [0.98, 0.97].map { ($0 * (1 - $0) / 239).squareRoot() }
    let expected = (errors[0] * errors[0] + errors[1] * errors[1]).squareRoot() / 2
    let found = try #require(series.scores(of: series.axes[0])[0].standardError)
    #expect(abs(found - expected) < 1e-12)
  }

  @Test func learningIsSeenAroundATasksOwnStage() throws {
    let series = try #require(try ExampleStudy.result().series.first)
    let question = try #require(series.learning.first { $0.task == "new_question" })
    #expect(question.stage == 3)
    #expect(abs(try #require(question.gainPoints) - 65) < 1e-9)
    #expect(abs(try #require(question.afterwardsPoints) + 12) < 1e-9)
  }

  @Test func resultsOfEveryCheckpointAreDeliveredAsTheyCome() throws {
    var paths: [String] = []
    _ = try ExampleStudy.result { paths += $0.map(\.path) }
    #expect(paths.count == 6)
    #expect(paths[0] == "results/llama/0-base/results.json")
    #expect(paths[3] == "results/llama/3-question/results.json")
  }

  @Test func scoresCSVIsReadByForgetting() throws {
    let result = try ExampleStudy.result()
    let csv = result.scoresTable.csv()
    let table = try CSVTable(parsing: Array(csv.utf8), path: "scores.csv")
    let again = ForgettingReport(try ScoreTable(csv: table, path: "scores.csv"))
    #expect(
      again.axes.map(\.axis) == ["domain knowledge", "reasoning", "reading comprehension", "bias"])
    let first = try #require(result.series.first?.forgetting)
    #expect(again.tasks.map(\.fgPercent).prefix(2) == first.tasks.map(\.fgPercent).prefix(2))
    #expect(again.axes.map(\.fgPercent) == first.axes.map(\.fgPercent))
  }

  @Test func missingScoresAndUnknownTasksAreErrors() throws {
    let instruments = ExampleInstruments(missing: "reading")
    let runner = try StudyRunner(plan: ExampleStudy.plan(), instruments: instruments)
    let missing = #expect(throws: InputError.self) {
      try runner.run(version: "", command: "", createdAt: "", deliver: { _ in })
    }
    #expect(missing?.message == "has no score for the task 'reading'")
    #expect(missing?.path == "series/base-0")
    var plan = ExampleStudy.plan()
    plan.axes[1].tasks = ["chess"]
    let unknown = #expect(throws: InputError.self) {
      try StudyRunner(plan: plan, instruments: instruments)
    }
    #expect(unknown?.message == "no task 'chess'")
  }

  @Test func axisMayNotShareItsNameWithOneOfSeveralTasks() {
    var plan = ExampleStudy.plan()
    plan.axes[0] = StudyPlan.Axis(name: "know_people", tasks: ["knowledge"])
    let error = #expect(throws: InputError.self) {
      try StudyRunner(plan: plan, instruments: ExampleInstruments())
    }
    #expect(error?.place == "axis 'know_people'")
  }

  @Test func anotherTokenizerThanTheBasesIsSaid() throws {
    let plan = ExampleStudy.plan()
    let stage = plan.series[0].stages[1].checkpoint
    let runner = try StudyRunner(
      plan: plan, instruments: ExampleInstruments(otherTokenizer: stage))
    #expect(runner.warnings.count == 1)
    #expect(runner.warnings.first?.hasPrefix("\(stage): has another tokenizer") == true)
    #expect(try StudyRunner(plan: plan, instruments: ExampleInstruments()).warnings.isEmpty)
  }

  @Test func otherNumericsThanTheBasesAreSaid() throws {
    let plan = ExampleStudy.plan()
    let stage = plan.series[0].stages[1].checkpoint
    let runner = try StudyRunner(
      plan: plan, instruments: ExampleInstruments(otherNumerics: stage))
    #expect(runner.warnings.count == 1)
    #expect(runner.warnings.first?.hasPrefix("\(stage): is computed in bf16, the base") == true)
  }

  @Test func folderIsWrittenWhole() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "lethe-study-\(UUID().uuidString)").path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try OutputFolder(path: path)
    try folder.write([StudyDocument(path: "a/b.txt", text: "one")])
    try folder.write([StudyDocument(path: "a/b.txt", text: "two")])
    #expect(try String(contentsOfFile: "\(path)/a/b.txt", encoding: .utf8) == "two")
    let error = #expect(throws: InputError.self) {
      try folder.write([StudyDocument(path: "a/b.txt/c", text: "x")])
    }
    #expect(error?.path == "\(path)/a/b.txt/c")
    let taken = #expect(throws: InputError.self) { try OutputFolder(path: "\(path)/a/b.txt") }
    #expect(taken?.path == "\(path)/a/b.txt")
  }
}
