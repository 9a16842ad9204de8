import Core
import Foundation
import Inference
import TestSupport
import Testing

@testable import Probe

/// Runs that ended before all requests were answered.
@Suite struct UnfinishedRunTests {
  /// A model whose time is up after some of the requests.
  private struct InterruptedModel: LogLikelihoodModel {
    /// Which requests are answered.
    var isAnswered: @Sendable (Int) -> Bool

    func logLikelihoods(
      of requests: [TextRequest], progress: WorkProgress.Handler?
    ) throws -> [LogLikelihood] {
      try HashedModel().logLikelihoods(of: requests, progress: progress)
    }

    func score(
      _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
      progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?, deliver: AnswerHandler?
    ) throws -> ScoredRequests {
      var work = ScoringWork()
      work.naivePositionCount = 9
      let answers = try logLikelihoods(of: requests, progress: progress)
      return ScoredRequests(
        answers: answers.enumerated().map { isAnswered($0.offset) ? $0.element : nil }, work: work)
    }
  }

  private static func evaluation(_ tasks: [String]) throws -> Evaluation {
    try Evaluation(
      TaskLibrary(folders: [Fixtures.path("tasks")]).selection(named: tasks),
      options: EvaluationOptions(limit: 5))
  }

  private static func report(_ result: EvaluationResult, _ evaluation: Evaluation) -> HarnessReport
  {
    HarnessReport(
      result, of: evaluation, model: ModelDescription(name: "tiny"),
      run: RunDescription(version: "1", started: Date(timeIntervalSince1970: 0), seconds: 1))
  }

  @Test func onlyWholeItemsCount() throws {
    let evaluation = try Self.evaluation(["reading"])
    let whole = try evaluation.run(with: HashedModel())
    let choices = whole.tasks[0].items.map(\.answers.count)
    // The second item and the last choice of the fourth are open.
    let start = choices.prefix(1).reduce(0, +)
    let last = choices.prefix(4).reduce(0, +) - 1
    let open = Set(Array(start..<start + choices[1]) + [last])
    let result = try evaluation.run(with: InterruptedModel { !open.contains($0) })
    #expect(result.itemCount == 3)
    #expect(result.work.naivePositionCount == 9)
    let items = result.tasks[0].items
    #expect(items.map(\.index) == [0, 2, 4])
    #expect(items == [0, 2, 4].map { whole.tasks[0].items[$0] })
    #expect(result.tasks[0].metrics.allSatisfy { $0.itemCount == 3 })

    let report = Self.report(result, evaluation)
    let samples = report.samples(of: "reading").split(separator: "\n")
    let all = Self.report(whole, evaluation).samples(of: "reading").split(separator: "\n")
    #expect(samples == [all[0], all[2], all[4]])
    let document = report.results
    #expect(document["n-samples"]?["reading"]?["effective"]?.int == 3)
    #expect(document["results"]?["reading"]?["sample_len"]?.int == 3)
    #expect(document["lethe"]?["positions"]?["naive"]?.int == 9)
  }

  @Test func aTaskWithoutAFinishedItemHasNoResult() throws {
    let evaluation = try Self.evaluation(["domain_knowledge"])
    let first = try #require(evaluation.tasks.first)
    let count = first.items.reduce(0) { $0 + $1.requests.count }
    let result = try evaluation.run(with: InterruptedModel { $0 >= count })
    #expect(result.tasks.map(\.name) == evaluation.tasks.dropFirst().map(\.task.name))
    let metrics = try #require(result.groups.first?.metrics)
    #expect(!metrics.isEmpty && metrics.allSatisfy { $0.value.isFinite })
    let document = Self.report(result, evaluation).results
    #expect(document["results"]?[first.task.name] == nil)
    #expect(document["n-samples"]?[first.task.name]?["effective"]?.int == 0)
    #expect(Self.report(result, evaluation).samples(of: first.task.name).isEmpty)
  }

  @Test func nothingFinishedIsAnEmptyResult() throws {
    let evaluation = try Self.evaluation(["domain_knowledge"])
    let result = try evaluation.run(with: InterruptedModel { _ in false })
    #expect(result.itemCount == 0 && result.tasks.isEmpty)
    #expect(result.groups.allSatisfy { $0.metrics.isEmpty })
    // No number of the document is NaN.
    let document = Self.report(result, evaluation).results
    #expect(try JSONValue(parsing: document.serialized(.pretty)) == document)
  }
}
