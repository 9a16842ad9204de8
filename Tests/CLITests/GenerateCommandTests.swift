import Core
import Foundation
import TestSupport
import Testing

/// `lethe generate` as a user runs it.
@Suite struct GenerateCommandTests {
  private static let base = Fixtures.path("series/llama/base")
  private static let tuned = Fixtures.path("series/llama/stage-3-question")

  @Test func oneCheckpointsTextIsAllThatIsWritten() throws {
    let outcome = try LetheProcess.run(
      "generate", Self.base, "--prompt", "The capital of", "--max-tokens", "3")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try documents(of: [Self.base], count: 3)
    #expect(outcome.output == (document.first?["text"]?.string ?? "?") + "\n")
    #expect(document.first?["ids"]?.array?.count == 3)
    #expect(document.first?["end"]?.string == "max_tokens")
  }

  @Test func severalCheckpointsStandSideBySide() throws {
    let document = try documents(of: [Self.base, Self.tuned], count: 12)
    #expect(document.map { $0["checkpoint"]?.string } == [Self.base, Self.tuned])
    let alone = try documents(of: [Self.tuned], count: 12)
    #expect(document.last == alone.first)
    let table = try LetheProcess.run(
      "generate", Self.base, Self.tuned, "--prompt", "The capital of", "--max-tokens", "12")
    let lines = table.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.hasPrefix("checkpoint") == true)
    #expect(lines.last?.hasPrefix("stage-3-question") == true)
  }

  @Test func modelsWithOtherTokenizersAreWarnedOf() throws {
    let folder = try TemporaryFolder()
    for name in ["config.json", "model.safetensors", "tokenizer_config.json"] {
      try FileManager.default.copyItem(atPath: "\(Self.base)/\(name)", toPath: folder.path(name))
    }
    let text = try String(contentsOfFile: "\(Self.base)/tokenizer.json", encoding: .utf8)
    let changed = text.replacing(
      "\"normalizer\": null", with: #""normalizer": {"type": "Lowercase"}"#)
    #expect(changed != text)
    try folder.write("tokenizer.json", changed)
    let options = ["--prompt", "A", "--max-tokens", "1"]
    let other = try LetheProcess.run(["generate", Self.base, folder.path] + options)
    #expect(other.status == 0)
    #expect(other.errors.contains("has another tokenizer than \(Self.base)"))
    let same = try LetheProcess.run(["generate", Self.base, Self.tuned] + options)
    #expect(same.status == 0 && same.errors.isEmpty)
  }

  @Test(arguments: [
    ["--max-tokens", "0", "--prompt", "a"], [], ["--prompt", "a", "--file", "b"],
  ])
  func wrongOptionsAreBadUsage(options: [String]) throws {
    #expect(try LetheProcess.run(["generate", Self.base] + options).status == 64)
  }

  private func documents(of checkpoints: [String], count: Int) throws -> [JSONValue] {
    let outcome = try LetheProcess.run(
      ["generate"] + checkpoints
        + ["--prompt", "The capital of", "--max-tokens", "\(count)", "--format", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue(parsing: outcome.output).array ?? []
  }
}
