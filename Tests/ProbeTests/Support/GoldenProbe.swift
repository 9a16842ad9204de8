import Core
import Foundation
import Inference
import OrderedCollections
import Probe
import TestSupport
import Testing

/// One run of lm-eval's own hf backend on the fixture tasks, from `fixtures/golden/probe-*.json`.
struct GoldenProbe {
  let name: String
  let shotCount: Int
  let limit: Int
  /// The checkpoint that was run, under `fixtures/`.
  let checkpoint: String
  private let tasks: [String: JSONValue]
  private let groups: [String: JSONValue]

  static let names = [
    "probe-base-0shot", "probe-base-5shot", "probe-stage-5-0shot", "probe-stage-5-5shot",
  ]

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("golden/\(name).json")))
    let document = try JSONValue(parsing: Array(data))
    self.name = name
    shotCount = try #require(document["num_fewshot"]?.int)
    limit = try #require(document["limit"]?.int)
    checkpoint = try #require(document["checkpoint"]?.string)
    let members = { (key: String) in
      try #require(document[key]?.object).reduce(into: [:]) { $0[$1.key] = $1.value }
    }
    tasks = try members("tasks")
    groups = try members("groups")
  }

  /// The same tasks, prepared by our own code.
  func evaluation() throws -> Evaluation {
    let library = try TaskLibrary(folders: [Fixtures.path("tasks")])
    let grouped = try library.evaluationTasks(named: Array(groups.keys)).map(\.name)
    let names = groups.keys.sorted() + Set(tasks.keys).subtracting(grouped).sorted()
    return try Evaluation(
      library.selection(named: names),
      options: EvaluationOptions(shotCount: shotCount, limit: limit))
  }

  /// lm-eval's log-likelihoods in the order of an evaluation's requests.
  func logLikelihoods(_ result: [String]) throws -> [Double] {
    try result.flatMap { task in
      try #require(tasks[task]?["items"]?.array).flatMap { item in
        try #require(item["lls"]?.array).compactMap(\.double)
      }
    }
  }

  /// Checks that prompts, documents and targets of every item are lm-eval's.
  func checkHashes(_ result: EvaluationResult) throws {
    #expect(Set(result.tasks.map(\.name)) == Set(tasks.keys))
    for task in result.tasks {
      let expected = try #require(tasks[task.name]?["items"]?.array)
      #expect(task.items.count == expected.count, "\(task.name)")
      #expect(tasks[task.name]?["num_fewshot"]?.int == task.shotCount, "\(task.name)")
      for (item, golden) in zip(task.items, expected) {
        let place = "\(task.name) item \(item.index)"
        #expect(golden["doc_id"]?.int == item.index, "\(place)")
        #expect(golden["doc_hash"]?.string == item.hashes.document, "\(place)")
        #expect(golden["prompt_hash"]?.string == item.hashes.prompt, "\(place)")
        #expect(golden["target_hash"]?.string == item.hashes.target, "\(place)")
      }
    }
  }

  /// Checks a model's results against lm-eval's: every log-likelihood within a tolerance, every
  /// item's score the same unless two of its choices are nearer to each other than `tie`.
  func checkScores(_ result: EvaluationResult, tolerance: Double, tie: Double) throws {
    for task in result.tasks {
      let expected = try #require(tasks[task.name]?["items"]?.array)
      var ties = 0
      for (item, golden) in zip(task.items, expected) {
        let place = "\(task.name) item \(item.index)"
        let values = try #require(golden["lls"]?.array).compactMap(\.double)
        #expect(values.count == item.logLikelihoods.count, "\(place)")
        for (answer, value) in zip(item.logLikelihoods, values) {
          #expect(abs(answer.value - value) <= tolerance, "\(place)")
        }
        let sorted = values.sorted(by: >)
        if sorted.count > 1, sorted[0] - sorted[1] < tie {
          ties += 1
        } else {
          #expect(golden["acc"]?.double == item.score("acc"), "\(place)")
        }
      }
      let accuracy = try #require(tasks[task.name]?["acc"]?.double)
      let measured = try #require(task.metric("acc")).value
      let slack = Double(ties) / Double(task.items.count) + 1e-12
      #expect(abs(measured - accuracy) <= slack, "\(task.name)")
    }
  }

  /// Checks metrics of tasks and groups that were computed from lm-eval's own log-likelihoods.
  func checkMetrics(_ result: EvaluationResult) {
    for task in result.tasks { check(task.metrics, tasks[task.name], task.name) }
    for group in result.groups { check(group.metrics, groups[group.name], group.name) }
    #expect(Set(result.groups.map(\.name)) == Set(groups.keys))
  }

  private func check(_ metrics: [MetricResult], _ golden: JSONValue?, _ place: String) {
    #expect(!metrics.isEmpty)
    for metric in metrics {
      let value = golden?[metric.name]?.double ?? .nan
      let error = golden?["\(metric.name)_stderr"]?.double ?? .nan
      #expect(abs(metric.value - value) < 1e-12, "\(place) \(metric.name)")
      #expect(abs((metric.standardError ?? .nan) - error) < 1e-12, "\(place) \(metric.name)")
    }
  }
}
