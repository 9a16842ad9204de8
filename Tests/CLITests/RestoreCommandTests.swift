import Core
import Foundation
import TestSupport
import Testing

/// `lethe restore` as a user runs it.
@Suite struct RestoreCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func restore(_ arguments: String...) throws -> LetheProcess.Outcome {
    try LetheProcess.run(["restore"] + arguments + ["--output-path", folder.path("out")])
  }

  private static let (base, tuned) = (
    "fixtures/series/llama/base", "fixtures/series/llama/stage-5-headline"
  )

  @Test func restoredPartsDoNotDifferFromTheBase() throws {
    let outcome = try restore(
      Self.base, Self.tuned, "--layers", "0,2-3", "--components", "attn_*,ffn_up", "--format",
      "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try JSONValue(parsing: Array(outcome.output.utf8))
    #expect(record["layers"] == ["decoder 0", "decoder 2", "decoder 3"])
    #expect(
      record["components"]
        == ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_up"])
    let diff = try JSONValue(
      parsing: Array(
        LetheProcess.run("diff", Self.base, folder.path("out"), "--format", "json").output.utf8))
    for tensor in diff["tensors"]?.array ?? [] {
      let layer = tensor["layer"]?.int
      let component = tensor["component"]?.string ?? ""
      let isBack =
        layer != nil && layer != 1 && (component.hasPrefix("attn_") || component == "ffn_up")
      #expect((tensor["l2_delta"]?.double == 0) == isBack, "\(tensor["other_name"] ?? .null)")
    }
    // The other parts are the tuned model's.
    let rest = try JSONValue(
      parsing: Array(
        LetheProcess.run("diff", Self.tuned, folder.path("out"), "--format", "json").output.utf8))
    let same = (rest["tensors"]?.array ?? []).filter { $0["l2_delta"]?.double == 0 }
    #expect(same.count == 39 - 3 * 6)
  }

  @Test func whatDoesNotExistIsNamed() throws {
    let unknown = [
      (["--layers", "4"], "--layers: there is no layer 4; there are 0 to 3"),
      (["--layers", "encoder 0"], "there is no encoder layer 0; there are 0 to 3"),
      (
        ["--components", "attn_x"],
        "--components: there is no component 'attn_x'; there are token_embd"
      ),
    ]
    for (arguments, message) in unknown {
      let outcome = try LetheProcess.run(
        ["restore", Self.base, Self.tuned, "--output-path", folder.path("out")] + arguments)
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    let stacks = try restore(
      "fixtures/series/t5/base", "fixtures/series/t5/stage-1", "--layers", "1")
    #expect(stacks.errors.contains("'1' says no stack"))
    for arguments in [["--layers", "2-1"], ["--layers", "x"], ["--alpha", "1.5"]] {
      let outcome = try LetheProcess.run(
        ["restore", Self.base, Self.tuned, "--output-path", folder.path("out")] + arguments)
      #expect(outcome.status == 64, "\(arguments)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
  }

  @Test func otherModelsAndFullFoldersAreRefused() throws {
    let other = try restore(Self.base, "fixtures/series/bloom/base")
    #expect(other.status == 2)
    #expect(other.errors.contains("architecture 'bloom' is not the 'llama'"))
    try folder.makeFolder("out")
    try folder.write("out/notes.txt", "mine")
    let full = try restore(Self.base, Self.tuned)
    #expect(full.status == 2)
    #expect(full.errors.contains("already holds 'notes.txt'"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("out")) == ["notes.txt"])
  }

  @Test func theOutcomeScoresAsTheBaseWhereAllIsPutBack() throws {
    #expect(try restore(Self.base, "fixtures/series/adapters/llama").status == 0)
    let requests = try folder.write(
      "r.jsonl", #"{"context": "The lamp is", "continuation": " red."}"# + "\n")
    let scores = try [Self.base, folder.path("out")].map {
      try LetheProcess.run("score", $0, "--requests", requests).output
    }
    #expect(scores[0] == scores[1])
    #expect(!scores[0].isEmpty)
  }
}
