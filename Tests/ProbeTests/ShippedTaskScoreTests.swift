import Core
import Crypto
import Formats
import Foundation
import Inference
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Small models score the first items of the shipped benchmarks as lm-eval's hf backend in float32
/// does (`golden/tasks/scores-*.json`, made by `fixtures/train/golden_task_scores.py`).
@Suite struct ShippedTaskScoreTests {
  @Test(
    .enabled(if: BenchmarkLayout.isAvailable, "the public benchmarks are not there"),
    arguments: ["llama", "bloom", "t5"])
  func scoresAreTheHarnesss(name: String) throws {
    let golden = try Golden.document("tasks/scores-\(name).json")
    let folder = try TemporaryFolder()
    try BenchmarkLayout.fill(folder)
    let folders = try DataFolders(
      folders: [folder.path, Fixtures.path("golden/tasks/data")], environment: [:])
    let library = try TaskLibrary(folders: [], shipped: .harness, data: folders)
    let path = Fixtures.path(try #require(golden["checkpoint"]?.string))
    let model = try LanguageModel(
      Checkpoint(path: path), options: ScoringOptions(numerics: .f32), workGroup: WorkGroup())
    let tasks = try #require(golden["tasks"]?.object)
    #expect(tasks.count == 20)
    for (task, expected) in tasks {
      let evaluation = try Evaluation(
        library.selection(named: [task]),
        options: EvaluationOptions(
          shotCount: expected["num_fewshot"]?.int, limit: expected["limit"]?.int))
      let result = try evaluation.run(with: model)
      try check(result.tasks[0], evaluation.tasks[0].items, expected, "\(name) \(task)")
    }
  }

  /// A small model of every family, with a tokenizer for which every character is a token
  /// (`golden/tasks/families.json`, made by `fixtures/train/golden_task_families.py`).
  ///
  /// T5 models with a head of their own are not among them: the harness overwrites it.
  @Test(.enabled(if: BenchmarkLayout.isAvailable, "the public benchmarks are not there"))
  func everyFamilysScoresAreTheHarnesss() throws {
    let golden = try Golden.document("tasks/families.json")
    let limit = try #require(golden["limit"]?.int)
    let folder = try TemporaryFolder()
    try BenchmarkLayout.fill(folder)
    let folders = try DataFolders(
      folders: [folder.path, Fixtures.path("golden/tasks/data")], environment: [:])
    let library = try TaskLibrary(folders: [], shipped: .harness, data: folders)
    let models = try #require(golden["models"]?.object)
    #expect(models.count == 42)
    for (name, tasks) in models {
      let model = try LanguageModel(
        Checkpoint(path: modelFolder(name, in: folder)), options: ScoringOptions(numerics: .f32),
        workGroup: WorkGroup())
      for (task, items) in tasks.object ?? [:] {
        let evaluation = try Evaluation(
          library.selection(named: [task]), options: EvaluationOptions(limit: limit))
        let found = try evaluation.run(with: model).tasks[0].items.map {
          $0.logLikelihoods.map(\.value)
        }
        let theirs = items.array?.map(\.numbers) ?? []
        #expect(found.map(\.count) == theirs.map(\.count), "\(name) \(task)")
        for (own, other) in zip(found.joined(), theirs.joined()) {
          #expect(abs(own - other) <= 1e-2, "\(name) \(task): \(own), \(other)")
        }
      }
    }
  }

  /// A model's files together with the tokenizer that all share.
  private func modelFolder(_ name: String, in folder: TemporaryFolder) throws -> String {
    let path = try folder.makeFolder("models/\(name)")
    let manager = FileManager.default
    for source in ["golden/models/\(name)", "golden/tasks/tokenizer"].map(Fixtures.path) {
      for file in try manager.contentsOfDirectory(atPath: source) {
        try manager.copyItem(atPath: "\(source)/\(file)", toPath: "\(path)/\(file)")
      }
    }
    return path
  }

  private func check(
    _ result: TaskResult, _ items: [PreparedItem], _ expected: JSONValue, _ place: String
  ) throws {
    let answers = try #require(expected["items"]?.array)
    #expect(result.items.count == answers.count, "\(place)")
    var tieCount = 0
    for (item, (prepared, golden)) in zip(result.items, zip(items, answers)) {
      let theirs = golden.array ?? []
      #expect(item.answers.count == theirs.count, "\(place)")
      for (index, (answer, response)) in zip(item.answers, theirs).enumerated() {
        let request = "\(place): item \(item.index), request \(index)"
        switch answer {
        case .logLikelihood(let found):
          let value = try #require(response.double ?? response[0]?.double)
          // A whole page adds up what each of its windows rounds.
          let tolerance = response.double == nil ? 1e-2 : 1e-2 + abs(value) * 1e-6
          #expect(abs(found.value - value) <= tolerance, "\(request)")
        case .text(let found):
          #expect(hash(found.text) == response.string, "\(request)")
        }
      }
      if hasTie(item, prepared.choices) { tieCount += 1 }
    }
    try checkMetrics(result, expected, tieCount: tieCount, place)
  }

  /// Whether two choices are so near to each other that rounding may decide between them.
  private func hasTie(_ item: ItemResult, _ choices: [String]) -> Bool {
    let values = item.logLikelihoods.map(\.value)
    guard values.count == choices.count else { return false }
    let perCharacter = zip(values, choices).map { $0 / Double($1.unicodeScalars.count) }
    return [values, perCharacter].contains { values in
      let sorted = values.sorted()
      return zip(sorted, sorted.dropFirst()).contains { $1 - $0 < 1e-3 }
    }
  }

  private func checkMetrics(
    _ result: TaskResult, _ expected: JSONValue, tieCount: Int, _ place: String
  ) throws {
    let shares: Set = ["acc", "acc_norm", "pct_stereotype", "r@1", "r@2", "mrr", "exact_match"]
    let metrics = try #require(expected["metrics"]?.object)
    #expect(!metrics.isEmpty)
    for (key, theirs) in metrics {
      let parts = key.split(separator: ",").map(String.init)
      let isError = parts[0].hasSuffix("_stderr")
      var name = isError ? String(parts[0].dropLast("_stderr".count)) : parts[0]
      let isShare = shares.contains(name) && !place.hasSuffix("truthfulqa_mc2")
      // What lm-eval prints under these names is not what they say.
      if ["r@1", "r@2"].contains(name) { name += "_as_printed_by_lm_eval" }
      let metric = try #require(result.metric(name, filter: parts[1]), "\(place) \(key)")
      let value = try #require(isError ? metric.standardError : metric.value, "\(place) \(key)")
      let other = try #require(theirs.double)
      let tolerance =
        isShare
        ? (tieCount == 0 ? 1e-6 : Double(tieCount) / Double(result.items.count))
        : 1e-3 * max(1e-3, abs(other))
      #expect(abs(value - other) <= tolerance, "\(place) \(key): \(value), \(other)")
    }
  }

  private func hash(_ text: String) -> String {
    SHA256.hash(data: Data(text.utf8)).prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0\(digits)" : digits
    }.joined()
  }
}
