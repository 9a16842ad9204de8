import Core
import Formats
import Foundation
import Inference
import OrderedCollections
import Probe
import TestSupport
import Testing

@Suite struct GoldenProbeTests {
  /// Prompts, shots and rows are those of lm-eval for every item of every fixture task; its own
  /// log-likelihoods give its own metrics.
  @Test(arguments: GoldenProbe.names)
  func everyItemIsTheHarnesss(name: String) throws {
    let golden = try GoldenProbe(name)
    let evaluation = try golden.evaluation()
    let order = try evaluation.run(with: HashedModel()).tasks.map(\.name)
    let model = ReplayingModel(values: try golden.logLikelihoods(order))
    let result = try evaluation.run(with: model)
    try golden.checkHashes(result)
    try golden.checkScores(result, tolerance: 0, tie: 0)
    golden.checkMetrics(result)
  }

  /// Our own engine gives lm-eval's float32 log-likelihoods on the CPU within 1e-2, and its score
  /// for every item whose two likeliest choices are further than 1e-3 apart.
  @Test(arguments: GoldenProbe.names)
  func logLikelihoodsAreTheHarnesss(name: String) throws {
    let golden = try GoldenProbe(name)
    let checkpoint = try Checkpoint(path: Fixtures.path(golden.checkpoint))
    let model = try LanguageModel(
      checkpoint, options: ScoringOptions(numerics: .f32), workGroup: WorkGroup())
    let result = try golden.evaluation().run(with: model)
    try golden.checkScores(result, tolerance: 1e-2, tie: 1e-3)
  }

  /// A results file of the real harness has the keys that ours has, in the same order.
  @Test func resultsHaveTheHarnesssKeys() throws {
    let folder = Fixtures.path("golden/lm-eval")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let name = try #require(names.first { $0.hasPrefix("results_") })
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
    let theirs = try #require(JSONValue(parsing: bytes).object)

    let evaluation = try GoldenProbe("probe-base-0shot").evaluation()
    let report = HarnessReport(
      try evaluation.run(with: HashedModel()), of: evaluation, model: ModelDescription(name: "m"),
      run: RunDescription(version: "1", started: Date(timeIntervalSince1970: 1), seconds: 2))
    let ours = try #require(report.results.object)

    // Only a tokenizer of transformers has these.
    let others = [
      "tokenizer_pad_token", "tokenizer_eos_token", "tokenizer_bos_token", "eot_token_id",
    ]
    #expect(theirs.keys.filter { !others.contains($0) } == ours.keys.dropLast(2))
    #expect(ours.keys.suffix(2) == ["schema_version", "lethe"])
    #expect(theirs["config"]?.object?.keys == ours["config"]?.object?.keys)
    let config = { (document: JSONValue?) in document?["know_people"]?.object?.keys }
    #expect(config(theirs["configs"]) == config(ours["configs"]))
    #expect(theirs["n-shot"] == ours["n-shot"])
    #expect(theirs["higher_is_better"] == ours["higher_is_better"])
    #expect(theirs["group_subtasks"] == ours["group_subtasks"])
    // The tasks were asked for in another order.
    for key in ["n-samples", "task_hashes"] {
      let (their, our) = (theirs[key]?.object ?? [:], ours[key]?.object ?? [:])
      #expect(Set(their.keys) == Set(our.keys))
      for (task, value) in their { #expect(our[task] == value, "\(key) \(task)") }
    }
  }
}
