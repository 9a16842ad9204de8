import Core
import Foundation
import Synchronization
import Testing

@testable import Study

/// What a run of restorations asks and says, on made-up models.
@Suite struct RestorationRunTests {
  private static let axes = [
    SeriesResult.Axis(name: "knowledge", kind: .ability, tasks: ["know_people", "know_places"]),
    SeriesResult.Axis(name: "reasoning", kind: .ability, tasks: ["reasoning"]),
    SeriesResult.Axis(name: "bias", kind: .bias, tasks: ["pairs"]),
  ]
  private static let tasks = ["know_people", "know_places", "reasoning", "pairs", "new_headline"]

  /// A series whose scores have answers.
  private static func series(_ stages: [Int] = [0, 5]) throws -> SeriesResult {
    let plan = StudyPlan.Series(
      name: "llama", base: "base-0",
      stages: stages.dropFirst().map {
        StudyPlan.Stage(name: "stage \($0)", checkpoint: "stage-\($0)", task: "new_headline")
      })
    let instruments = ExampleInstruments()
    let scores = stages.map { ExampleInstruments.answered($0, tasks) }
    return SeriesResult(
      plan, axes: axes, newTasks: [("new_headline", ["new_headline"])],
      checkpoints: try plan.checkpoints.map {
        try instruments.identity(name: $0.name, path: $0.path)
      },
      scores: scores, drift: try instruments.drift(of: plan, progress: nil), number: 0,
      draws: ItemDraws([scores], workGroup: WorkGroup()))
  }

  private static func restorer(_ series: SeriesResult, damagedLayer: Int = 2) -> ExampleRestorer {
    ExampleRestorer(
      base: series.scores[0], tuned: series.scores[1], damagedLayer: damagedLayer)
  }

  @Test func `a damaged layer is named, with what it brings back and what it costs`() throws {
    let series = try Self.series()
    let run = try RestorationRun(.init(), of: series)
    #expect(run.restoredStage == 1)
    let result = try run.run(Self.restorer(series))
    #expect(result.trials(.layer).map(\.name) == (0..<4).map { "layer \($0)" })
    let best = try #require(result.best(.layer))
    #expect(best.name == "layer 2")
    #expect(best.layers == ["2"])
    // One item of seven is the tuned model's; of the others all that was lost is back.
    let returned = try #require(best.returned)
    #expect(abs(returned.value - 6.0 / 7) < 0.03)
    #expect(try #require(returned.interval).contains(returned.value))
    #expect(try #require(best.returnedAmongAll).lowerBound > 0.5)
    #expect(best.leadShare == 1)
    #expect(abs(try #require(best.skillLost).value - 6.0 / 7) < 0.1)
    #expect(best.returnedByAxis.count == 3)
    #expect(best.returnedByAxis[2] == nil)
    #expect(abs(try #require(best.returnedByAxis[1]).value - 6.0 / 7) < 0.1)
    for other in result.trials(.layer) where other.name != "layer 2" {
      #expect(abs(try #require(other.gain).value) < 0.01)
    }
    let words = try #require(result.findings.first { $0.text.contains("layer 2") })
    #expect(words.certainty == .clear)
    #expect(words.text.contains("of the new skill goes with it"))
    #expect(try #require(result.lead).contains("layer 2"))
    #expect(result.notes.isEmpty)
  }

  @Test func `everything put back returns everything, nothing nothing`() throws {
    let series = try Self.series()
    let result = try RestorationRun(.init(kinds: [.group, .interpolation]), of: series)
      .run(Self.restorer(series))
    let everything = try #require(result.trials(.group).first { $0.name == "everything" })
    #expect(everything.returned == Estimate(1, interval: 1...1))
    #expect(everything.skillLost == Estimate(1, interval: 1...1))
    #expect(everything.axisScores == result.baseScores)
    #expect(
      result.trials(.group).map(\.name).prefix(3) == ["lower half", "upper half", "all layers"])
    #expect(result.trials(.interpolation).map(\.alpha) == [0.25, 0.5, 0.75])
    #expect(result.trials(.layer).isEmpty)
  }

  @Test func `what was not clearly lost has no share that returns`() throws {
    let series = try Self.series([0, 0])
    let result = try RestorationRun(.init(kinds: [.layer], target: 0.8), of: series)
      .run(Self.restorer(series))
    #expect(result.trials.allSatisfy { $0.returned == nil && $0.skillLost == nil })
    #expect(result.trials.allSatisfy { $0.returnedAmongAll == nil && $0.gain != nil })
    #expect(result.search == nil)
    #expect(result.lead == nil)
    #expect(result.notes.contains { $0.contains("nothing was clearly lost over all axes") })
    #expect(result.notes.contains { $0.contains("nothing was clearly learned") })
    #expect(result.notes.contains { $0.hasPrefix("no search") })
    #expect(result.findings.allSatisfy { $0.certainty == .notClaimed })
  }

  @Test func `scores without answers have no shares`() throws {
    var series = try Self.series()
    series = SeriesResult(
      name: series.name, checkpoints: series.checkpoints, axes: series.axes,
      newTasks: series.newTasks,
      scores: series.scores.map { StageScores(tasks: $0.tasks, numerics: $0.numerics) },
      drift: series.drift, forgetting: series.forgetting, learning: series.learning,
      learningSummary: series.learningSummary)
    let result = try RestorationRun(.init(kinds: [.layer]), of: series).run(Self.restorer(series))
    #expect(result.trials.count == 4)
    #expect(result.trials.allSatisfy { $0.returned == nil && $0.gain == nil })
    #expect(result.notes.contains { $0.contains("not the mean over its items") })
  }

  @Test func `the search finds the smallest set and checks it on the other items`() throws {
    let series = try Self.series()
    let asked = Mutex<[[String]]>([])
    var restorer = Self.restorer(series, damagedLayer: 1)
    restorer.asked = { names in asked.withLock { $0.append(names) } }
    let result = try RestorationRun(.init(kinds: [.layer], target: 0.8), of: series).run(restorer)
    let search = try #require(result.search)
    #expect(search.layers == ["1"])
    #expect(search.isReached)
    // The layers' own trials are its first round.
    #expect(asked.withLock { $0 } == [(0..<4).map { "layer \($0)" }])
    #expect(search.itemCounts.choosing + search.itemCounts.checking == 5 * 240)
    let checked = try #require(search.returned).value
    let chosen = try #require(search.returnedOnChoosing)
    #expect(abs(checked - chosen) < 0.3)
    #expect(result.trials(.search).map(\.name) == ["layer 1"])
    #expect(result.findings.contains { $0.text.contains("smallest set of layers") })
  }

  @Test func `a target that no set reaches ends the search`() throws {
    let series = try Self.series()
    let result = try RestorationRun(.init(kinds: [], target: 0.99), of: series)
      .run(Self.restorer(series))
    let search = try #require(result.search)
    #expect(!search.isReached)
    #expect(search.layers == ["2"])
    #expect(result.findings.contains { $0.text.hasPrefix("No set of layers") })
  }

  @Test func `a stage that does not exist is said`() throws {
    let series = try Self.series()
    #expect {
      try RestorationRun(.init(stage: "no such"), of: series)
    } throws: {
      "\($0)"
        == "series 'llama': has no stage 'no such' to restore; its stages are stage 5"
    }
    #expect(try RestorationRun(.init(stage: "stage 5"), of: series).restoredStage == 1)
  }

  @Test func `results do not depend on threads`() throws {
    let series = try Self.series()
    let results = try [1, 3].map { count in
      try RestorationRun(.init(target: 0.8), of: series, workGroup: WorkGroup(threadCount: count))
        .run(Self.restorer(series))
    }
    #expect(results[0] == results[1])
  }

  @Test func `tables and JSON hold every trial`() throws {
    let series = try Self.series()
    let result = try RestorationRun(.init(target: 0.8), of: series).run(Self.restorer(series))
    let names = series.axes.map(\.name)
    let table = result.table(series: "llama", axes: names)
    #expect(table.rows.count == result.trials.count + 2)
    #expect(table.rows.allSatisfy { $0.count == table.columns.count })
    #expect(Set(table.columns.map(\.key)).count == table.columns.count)
    let json = result.json(axes: names)
    #expect(json["trials"]?.array?.count == result.trials.count)
    let best = json["trials"]?.array?.first { $0["name"] == "layer 2" }
    #expect(best?["returned"]?["value"]?.double == result.best(.layer)?.returned?.value)
    #expect(json["search"]?["layers"] == ["2"])
    #expect(!json.serialized(.pretty).contains("nan"))
  }

  /// Draws of the items against those of ``Statistics/PairedBootstrap``'s rule, worked out by hand.
  @Test func `tasks count once however many items they have`() throws {
    func scores(_ first: [Double], _ second: [Double]) -> StageScores {
      StageScores(
        tasks: [],
        answers: [TaskAnswers(task: "a", scores: first), TaskAnswers(task: "b", scores: second)],
        numerics: "f32")
    }
    let models = [
      scores([1, 1, 1, 1], [1, 1]), scores([0, 0, 0, 1], [1, 0]), scores([1, 0, 0, 1], [1, 0]),
    ]
    let draws = try #require(
      RestorationDraws(models, groups: [["a", "b"]], workGroup: WorkGroup(threadCount: 2)))
    #expect(draws.itemCount == 6)
    #expect(draws.values.map { $0[0] } == [1, 0.375, 0.5])
    // Two halves, which make up the whole where each task has an even number of items.
    let halves = try [RestorationDraws.Items.choosing, .checking].map {
      try #require(
        RestorationDraws(
          models, groups: [["a", "b"]], items: $0, workGroup: WorkGroup(threadCount: 1)))
    }
    #expect(halves.map(\.itemCount) == [3, 3])
    for (model, value) in draws.values.enumerated() {
      #expect((halves[0].values[model][0] + halves[1].values[model][0]) / 2 == value[0])
    }
    #expect(draws.map { score in score(0, 0) } == [Double](repeating: 1, count: 10_000))
    #expect(RestorationDraws(models, groups: [["a", "c"]], workGroup: WorkGroup()) == nil)
  }

  @Test func `items of one cluster are drawn together`() throws {
    var answers = TaskAnswers(task: "a", scores: [1, 1, 1, 0, 0, 0])
    answers.clusters = [4, 4, 4, 9, 9, 9]
    let model = StageScores(tasks: [], answers: [answers], numerics: "f32")
    let draws = try #require(RestorationDraws([model], groups: [["a"]], workGroup: WorkGroup()))
    #expect(Set(draws.map { $0(0, 0) }) == [0, 0.5, 1])
  }
}
