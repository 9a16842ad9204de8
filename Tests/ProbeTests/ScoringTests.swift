import Core
import Foundation
import Inference
import TestSupport
import Testing

@testable import Probe

@Suite struct ScoringTests {
  private func evaluation(_ rows: String, _ keys: String = "", shots: Int? = nil) throws
    -> Evaluation
  {
    let yaml = """
      task: t
      dataset_path: json
      dataset_kwargs: {data_files: {test: rows.jsonl}}
      output_type: multiple_choice
      test_split: test
      doc_to_text: q
      doc_to_choice: choices
      doc_to_target: answer
      \(keys)
      """
    let folder = try TemporaryFolder(["t.yaml": yaml, "rows.jsonl": rows])
    let selection = try TaskLibrary(folders: [folder.path]).selection(named: ["t"])
    return try Evaluation(selection, options: EvaluationOptions(shotCount: shots))
  }

  private func run(_ evaluation: Evaluation, _ values: [Double]) throws -> TaskResult {
    try #require(evaluation.run(with: ReplayingModel(values: values)).tasks.first)
  }

  @Test func theFirstOfEqualChoicesCounts() throws {
    let evaluation = try evaluation(
      #"{"q": "x", "choices": ["aa", "bb", "cc"], "answer": 1}"#)
    let result = try run(evaluation, [-2, -1, -1])
    #expect(result.items[0].prediction == 1 && result.items[0].score("acc") == 1)
    #expect(try run(evaluation, [-1, -1, -1]).items[0].prediction == 0)
    #expect(try run(evaluation, [-.infinity, -.infinity, -.infinity]).items[0].prediction == 0)
    #expect(result.metrics.map(\.name) == ["acc", "acc_norm"])
    #expect(result.metrics[0].standardError == nil)
  }

  /// "e" with an accent of its own is two code points, and the flag is two; both are one letter.
  @Test func lengthsAreCodePoints() throws {
    let evaluation = try evaluation(
      #"{"q": "x", "choices": ["e\u0301", "ab\ud83c\uddeb\ud83c\uddf7"], "answer": 1}"#)
    let result = try run(evaluation, [-3, -5])
    #expect(result.items[0].score("acc") == 0)
    #expect(result.items[0].score("acc_norm") == 1)
    #expect(result.metric("acc_norm")?.value == 1)
  }

  @Test func chanceIsTheMeanOverItems() throws {
    let evaluation = try evaluation(
      """
      {"q": "x", "choices": ["a", "b"], "answer": [0]}
      {"q": "x", "choices": ["a", "b", "c", "d"], "answer": [1, 2]}
      {"q": "x", "choices": ["a", "b", "c", "d"], "answer": [3]}
      """)
    let result = try run(evaluation, [-1, -2, -9, -2, -1, -9, -1, -2, -3, -4])
    let chance = (0.5 + 0.5 + 0.25) / 3
    #expect(abs(try #require(result.chance) - chance) < 1e-15)
    #expect(result.items.map { $0.score("acc") } == [1, 1, 0])
    #expect(abs(try #require(result.metrics[0].standardError) - 1.0 / 3) < 1e-15)
  }

  @Test func aNumberMustBeANumber() throws {
    let evaluation = try evaluation(#"{"q": "x", "choices": ["a", "b"], "answer": 0}"#)
    let error = #expect(throws: InputError.self) { try run(evaluation, [-1, .nan]) }
    #expect(
      error?.description.hasPrefix("task 't': item 0: a log-likelihood is not a number") == true)
  }

  @Test func metricsAreThoseAskedFor() throws {
    let row = #"{"q": "x", "choices": ["a", "b"], "answer": 0}"#
    let one = try evaluation(row, "metric_list: [{metric: acc_norm, higher_is_better: false}]")
    let result = try run(one, [-1, -2])
    #expect(result.metrics.map(\.name) == ["acc_norm"])
    #expect(result.metrics[0].isHigherBetter == false)
    #expect(result.metric("acc") == nil)
  }

  /// Values of lm-eval's `pooled_sample_stderr`, `unweighted_mean_stderr` and
  /// `aggregate_subtask_metrics` for means 0.2, 0.5, 0.9 of 10, 40 and 7 items.
  @Test func groupsAreAggregatedAsInTheHarness() {
    let members = zip([0.2, 0.5, 0.9], zip([0.1, 0.08, 0.05], [10, 40, 7])).map { value, rest in
      MetricResult(
        name: "acc", value: value, standardError: rest.0, isHigherBetter: true, itemCount: rest.1)
    }
    let weighted = MetricResult(members, isWeightedBySize: true, name: "acc")
    #expect(abs(weighted.value - 0.4964912280701754) < 1e-15)
    #expect(abs((weighted.standardError ?? 0) - 0.05975094508538331) < 1e-15)
    let plain = MetricResult(members, isWeightedBySize: false, name: "acc")
    #expect(abs(plain.value - 0.5333333333333333) < 1e-15)
    #expect(abs((plain.standardError ?? 0) - 0.0458257569495584) < 1e-15)
    let single = MetricResult(
      name: "acc", value: 1, standardError: nil, isHigherBetter: true, itemCount: 1)
    let mixed = MetricResult(members + [single], isWeightedBySize: true, name: "acc")
    #expect(mixed.standardError == nil && mixed.itemCount == 58)
  }

  @Test func shotsOfTheTaskFileItself() throws {
    let rows = #"{"q": "x", "choices": ["a", "b"], "answer": 0}"#
    let keys = """
      num_fewshot: 2
      fewshot_config:
        sampler: first_n
        samples: [{q: one, choices: [c, d], answer: 1}, {q: two, choices: [e, f], answer: ""}]
      """
    let requests = try evaluation(rows, keys).requests.compactMap(\.textRequest)
    #expect(requests.map(\.context) == ["one d\n\ntwox", "one d\n\ntwox"])
    #expect(requests.map(\.continuation) == [" a", " b"])
    #expect(try evaluation(rows, keys, shots: 1).requests[0].textRequest?.context == "one d\n\nx")
    let fixed = try evaluation(rows, "num_fewshot: 0", shots: 1)
    #expect(fixed.requests[0].textRequest?.context == "x" && fixed.itemCount == 1)
  }
}
