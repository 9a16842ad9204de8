import Core
import Foundation
import OrderedCollections
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
    #expect(abs(try #require(axis[0]).value - 0.975) < 1e-12)
    #expect(axis[0]?.chance == 0.25)
    // Four axes and all abilities; 17 parts by relative L2, L2, 1 − cosine and share changed, where
    // the last one does not vary, from base and stage before.
    #expect(try ExampleStudy.result().league.entries.count == 5 * 2 * 17 * 3)
  }

  @Test func standardErrorOfAnAxisAddsVariances() throws {
    let series = try #require(try ExampleStudy.result().series.first)
    let errors = [0.98, 0.97].map { ($0 * (1 - $0) / 239).squareRoot() }
    let expected = (errors[0] * errors[0] + errors[1] * errors[1]).squareRoot() / 2
    let found = try #require(series.scores(of: series.axes[0])[0]?.standardError)
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

  @Test func missingScoresAreSaidAndUnknownTasksAreErrors() throws {
    let instruments = ExampleInstruments(missing: "reading")
    let result = try ExampleStudy.result(instruments)
    #expect(result.problems.map(\.task) == ["reading"])
    #expect(
      result.series[0].forgetting.axes.map(\.axis) == ["domain knowledge", "reasoning", "bias"])
    #expect(result.series[0].scores(of: result.series[0].axes[2]).allSatisfy { $0 == nil })
    var plan = ExampleStudy.plan()
    plan.axes[1].tasks = ["chess"]
    let unknown = #expect(throws: InputError.self) {
      try StudyRunner(plan: plan, instruments: instruments)
    }
    #expect(unknown?.message == "no task 'chess'")
  }

  @Test func missingStageIsSaidAndTheRestIsDone() throws {
    let result = try ExampleStudy.result(ExampleInstruments(absent: ["series/stage-3"]))
    let problem = try #require(result.problems.first)
    #expect(result.problems.count == 1)
    #expect(
      problem.description
        == "llama, stage 'question': series/stage-3: no such file or folder")
    let series = result.series[0]
    #expect(series.checkpoints.map(\.format)[3] == "not read")
    #expect(series.scores[3].tasks.isEmpty)
    #expect(series.drift[2].fromBase.isEmpty)
    // The next stage's distance from the one before is not known, that from the base is.
    #expect(series.drift[3].fromPrevious.isEmpty)
    #expect(!series.drift[3].fromBase.isEmpty)
    let knowledge = try #require(series.forgetting.axes.first)
    #expect(knowledge.fgPercent == nil)
    #expect(knowledge.finalDropPercent != nil)
    #expect(try result.documents().contains { $0.path == "report.html" })
  }

  @Test func studyWithoutAnyBaseIsAnError() {
    let error = #expect(throws: InputError.self) {
      try StudyRunner(
        plan: ExampleStudy.plan(), instruments: ExampleInstruments(absent: ["series/base-0"]))
    }
    #expect(error?.message.contains("there is no base") == true)
  }

  @Test func stageOfAnotherShapeIsScoredButNotCompared() throws {
    let result = try ExampleStudy.result(ExampleInstruments(otherShape: "series/stage-5"))
    #expect(result.problems.count == 1)
    #expect(result.problems[0].message.hasPrefix("is a gpt2 with 2 layers, the base a llama"))
    #expect(result.series[0].drift[4].fromBase.isEmpty)
    #expect(result.series[0].scores[5].tasks.count == 10)
  }

  @Test func taskThatOneStageCannotBeAskedIsSaidAndTheOthersAreScored() throws {
    let result = try ExampleStudy.result(
      ExampleInstruments(unableAt: (path: "series/stage-2", task: "reading")))
    #expect(
      result.problems.map(\.description) == [
        "llama, stage 'dialogue', task 'reading': series/stage-2: logits are not finite"
      ])
    let series = result.series[0]
    #expect(series.scores.map(\.tasks.count) == [10, 10, 9, 10, 10, 10])
    #expect(series.scores(of: series.axes[2])[2] == nil)
    #expect(series.scores(of: series.axes[0])[2] != nil)
    #expect(series.forgetting.axes[2].fgPercent == nil)
    #expect(series.forgetting.axes[2].finalDropPercent != nil)
  }

  @Test func intervalsAreThoseOfThePairedBootstrap() throws {
    let knowledge = try #require(try ExampleStudy.result().series[0].forgetting.axes.first)
    let intervals = try #require(knowledge.intervals)
    let fg = try #require(knowledge.fgPercent)
    let interval = try #require(intervals.fgPercent)
    #expect(interval.contains(fg))
    #expect(intervals.stageDropPercent.count == 5)
    #expect(intervals.scores.count == 6)
    // By the delta method: right answers are nested, so the last drop of a task is
    // 1 - (share kept of those right at the base), a binomial share.
    let reading = try #require(
      try ExampleStudy.result().series[0].forgetting.tasks.first { $0.task == "reading" })
    let drop = try #require(reading.intervals?.finalDropPercent)
    let kept = 206.0 / 226
    let error = (kept * (1 - kept) / 226).squareRoot() * 100
    #expect(abs((drop.upperBound - drop.lowerBound) / (2 * 1.96 * error) - 1) < 0.06)
    #expect(drop.contains(100 * (1 - kept)))
  }

  @Test func summaryOfLearningIsTheMeanOverTasks() throws {
    let summary = try #require(try ExampleStudy.result().series[0].learningSummary)
    #expect(summary.taskCount == 5)
    #expect(abs(summary.plasticityPoints.value - (70 + 69 + 65 + 63 + 70) / 5) < 1e-9)
    #expect(
      try #require(summary.plasticityPoints.interval).contains(summary.plasticityPoints.value))
    #expect(abs(try #require(summary.bwtPoints).value + (26 + 16 + 12 + 4) / 4) < 1e-9)
    #expect(abs(try #require(summary.forgettingPoints).value - (26 + 16 + 12 + 4) / 4) < 1e-9)
    #expect(abs(summary.finalScore.value - (70 + 79 + 80 + 90 + 97) / 500.0) < 1e-9)
  }

  @Test func seriesAreComparedOnTheSameItems() throws {
    var plan = ExampleStudy.plan()
    var other = plan.series[0]
    other.name = "half"
    // The same base; every stage is one stage behind.
    other.stages = (0..<5).map { stage in
      StudyPlan.Stage(name: "s\(stage)", checkpoint: "series/stage-\(stage)")
    }
    plan.series.append(other)
    plan.contrasts = [StudyPlan.Contrast(name: "pace", series: ["llama", "half"])]
    let result = try ExampleStudy.result(plan)
    let contrast = try #require(result.contrasts.first)
    let row = try #require(contrast.rows.first { $0.axis == "reading comprehension" })
    let expected = result.series.map { series in
      series.forgetting.axes.first { $0.axis == "reading comprehension" }?.fgPercent ?? .nan
    }
    let difference = try #require(row.fgDifference)
    #expect(abs(difference.value - (expected[1] - expected[0])) < 1e-9)
    #expect(difference.isClear && difference.value < 0)
    // Answers are nested, so the paired interval is far narrower than that of independent items.
    let interval = try #require(difference.interval)
    let own = try #require(result.series[0].forgetting.axes[2].intervals?.fgPercent)
    #expect(interval.upperBound - interval.lowerBound < own.upperBound - own.lowerBound)
    #expect(contrast.findings[0].certainty == .clear)
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
    #expect(runner.problems.count == 1)
    #expect(runner.problems.first?.message.hasPrefix("has another tokenizer") == true)
    #expect(runner.problems.first?.checkpoint == "dialogue")
    let same = try StudyRunner(plan: plan, instruments: ExampleInstruments())
    #expect(same.warnings.isEmpty && same.problems.isEmpty)
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
