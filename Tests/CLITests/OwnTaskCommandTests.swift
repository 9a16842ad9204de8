import Core
import Foundation
import TestSupport
import Testing

/// `lethe probe` with files of a user's own.
@Suite struct OwnTaskCommandTests {
  private static let base = Fixtures.path("series/llama/base")
  private static let tuned = Fixtures.path("series/llama/stage-2-dialogue")

  @Test func questionsAndTextNeedNoTaskFile() throws {
    let folder = try TemporaryFolder()
    let questions = try folder.write(
      "q.csv", "question,choices,answer\nWho?,me|you,me\nWhere?,here|there,B\n")
    let text = try folder.write("t.txt", "The red house.\n\nA dialogue between two friends.\n")
    let arguments = ["probe", Self.base, Self.tuned, "--questions", questions, "--text", text]
    let table = try LetheProcess.run(arguments)
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.contains("where stage-2-dialogue differs most from base on t"))
    let json = try LetheProcess.run(arguments + ["--format", "json"])
    let document = try JSONValue(parsing: json.output)
    let paragraphs = try #require(document["text_differences"]?[0]?["paragraphs"]?.array)
    #expect(Set(paragraphs.compactMap { $0["line"]?.int }) == [1, 3])
    let results = try #require(document["checkpoints"]?[0]?["results"])
    let base = paragraphs.compactMap { $0["base_loss"]?.double }
    let loss = try #require(results["t"]?["loss_per_token,none"]?.double)
    #expect((base.min() ?? 0)...(base.max() ?? 0) ~= loss)
    #expect(results["q"]?["acc,none"]?.double != nil)
  }

  @Test func somethingMustBeAsked() throws {
    let outcome = try LetheProcess.run(["probe", Self.base])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--tasks"))
  }
}
