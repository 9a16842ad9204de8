import Core
import Foundation
import TestSupport
import Testing

/// The command line as a user meets it: what it prints, where, and its exit codes.
struct CommandTests {
  @Test func `version and help end with 0`() throws {
    #expect(try LetheProcess.run("--version").status == 0)
    let help = try LetheProcess.run("--help")
    #expect(help.status == 0)
    for command in [
      "inspect", "diff", "drift", "tokenize", "score", "generate", "probe", "study", "forgetting",
      "bench",
    ] {
      #expect(help.output.contains("  \(command) "), "\(command)")
    }
  }

  @Test func `bad usage ends with 64 and says what is wrong`() throws {
    let unknown = try LetheProcess.run("inspect", "x", "--bogus")
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("--bogus"))
    #expect(try LetheProcess.run("tokenize", "fixtures/series/llama/base").status == 64)
    #expect(try LetheProcess.run("inspect", "x", "--threads", "0").status == 64)
  }

  @Test func `what cannot be done is one line on standard error and ends with 2`() throws {
    let outcome = try LetheProcess.run("inspect", "nowhere.gguf")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("error: nowhere.gguf: "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func `tokenize prints ids and tokens`() throws {
    let outcome = try LetheProcess.run(
      "tokenize", "fixtures/series/llama/base", "The sea", "--format", "json")
    #expect(outcome.status == 0)
    let document = try JSONValue(parsing: outcome.output)
    #expect(document[0]?["text"]?.string == "The sea")
    #expect(document[0]?["ids"]?.array?.isEmpty == false)
    #expect(document[0]?["ids"]?.array?.count == document[0]?["tokens"]?.array?.count)
  }

  @Test func `score answers each line, and both formats of the base agree in every bit`() throws {
    let requests = """
      {"context": "Question: What is it?\\nAnswer:", "continuation": " a lamp"}
      {"context": "", "continuation": "The sea"}

      """
    let answers = try ["series/llama/base", "series/llama-gguf/base-f32.gguf"].map {
      try LetheProcess.run(
        "score", "fixtures/\($0)", "--requests", "-", "--numerics", "f32", input: requests)
    }
    #expect(answers.allSatisfy { $0.status == 0 })
    #expect(answers[0].output == answers[1].output)
    let lines = answers[0].output.split(separator: "\n")
    #expect(lines.count == 2)
    let first = try JSONValue(parsing: String(lines[0]))
    #expect(try #require(first["loglikelihood"]?.double) < 0)
    #expect(first["token_count"]?.int == 4)
  }

  @Test func `a request that is not JSON names its row`() throws {
    let outcome = try LetheProcess.run(
      "score", "fixtures/series/llama/base", "--requests", "-",
      input: "{\"context\": \"a\", \"continuation\": \"b\"}\n{\"context\": 1}\n")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("row 2: has no text 'context'"))
  }
}
