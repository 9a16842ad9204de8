import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Logits of the trained series against those of transformers in f32 (golden file).
struct LogitsGoldenTests {
  /// The largest difference allowed for a logit: f32 sums in another order stay far below it.
  private static let tolerance = 1e-3

  @Test func `logits at every position equal those of transformers`() throws {
    let golden = try Golden.document("llama-logits.json")
    let columns = try #require(golden["columns"]).integers
    #expect(columns.count == 64)
    var positionCount = 0
    for entry in try #require(golden["cases"]?.array) {
      let name = try #require(entry["checkpoint"]?.string)
      let model = try LanguageModel(
        Checkpoint(path: Fixtures.path(name)), options: ScoringOptions(numerics: .f32),
        workGroup: WorkGroup(threadCount: 2))
      for prompt in try #require(entry["prompts"]?.array) {
        let ids = try #require(prompt["ids"]).integers
        #expect(try model.tokenizer.encode(#require(prompt["text"]?.string)) == ids)
        let positions = try #require(prompt["positions"]?.array)
        #expect(positions.count == ids.count)
        positionCount += positions.count
        try Self.compare(model, ids, positions, columns)
      }
    }
    #expect(positionCount > 300)
  }

  private static func compare(
    _ model: LanguageModel, _ ids: [Int], _ positions: [JSONValue], _ columns: [Int]
  ) throws {
    var pass = ForwardPass(model.network)
    var worst = 0.0
    try pass.run(ids, scoredCount: ids.count) { position, logits in
      func differs(_ value: Double, _ expected: JSONValue?) {
        let difference = abs(value - (expected?.double ?? .infinity))
        if !(difference <= worst) { worst = difference }
      }
      let expected = positions[position]
      differs(logits.logSumExp, expected["lse"])
      for (index, column) in columns.enumerated() {
        differs(Double(logits[column]), expected["values"]?[index])
      }
      for (index, id) in (expected["top_ids"]?.array ?? []).enumerated() {
        differs(Double(logits[id.int ?? 0]), expected["top_values"]?[index])
      }
    }
    #expect(worst <= tolerance)
  }
}
