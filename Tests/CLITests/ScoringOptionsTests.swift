import Core
import Foundation
import TestSupport
import Testing

/// The options that say how models compute, as a user gives them.
@Suite struct ScoringOptionsTests {
  private static let base = "fixtures/series/llama/base"

  private static let requests = (0..<12).map { number in
    #"{"context": "Question \#(number % 4): What is it?\nAnswer:", "continuation": " a lamp \#(number)"}"#
      + "\n"
  }.joined()

  private static func score(_ options: [String] = []) throws -> LetheProcess.Outcome {
    let folder = try TemporaryFolder()
    let path = try folder.write("requests.jsonl", requests)
    return try LetheProcess.run(["score", base, "--requests", path] + options)
  }

  private static func probe(_ options: [String]) throws -> LetheProcess.Outcome {
    try LetheProcess.run(
      ["probe", base, "--tasks", "reading", "--task-path", "fixtures/tasks", "--limit", "6"]
        + options)
  }

  @Test(arguments: ["f32", "bf16", "int8"])
  func answersHaveTheSameBitsHoweverTheyAreComputed(numerics: String) throws {
    let plain = try Self.score(["--numerics", numerics])
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(plain.output.split(separator: "\n").count == 12)
    for options in [
      ["--no-prefix-sharing"], ["--memory", "64MB"], ["--memory", "1MB", "--quiet"],
      ["--threads", "1"], ["--threads", "3"],
      ["--threads", "2", "--memory", "3MB", "--no-prefix-sharing", "--quiet"],
    ] {
      let other = try Self.score(["--numerics", numerics] + options)
      #expect(other.status == 0, "\(other.errors)")
      #expect(other.output == plain.output, "\(options)")
    }
  }

  @Test func numericsDoWhatTheySay() throws {
    let outputs = try ["f32", "bf16", "int8"].map { try Self.score(["--numerics", $0]).output }
    #expect(Set(outputs).count == 3)
    let auto = try Self.score().output
    #expect(outputs.prefix(2).contains(auto))
  }

  @Test(arguments: [
    ["--numerics", "f16"], ["--memory", "lots"], ["--memory", "0"],
    ["--memory", "3 XB"],
  ])
  func wrongValuesAreBadUsage(options: [String]) throws {
    let commands = [
      ["score", Self.base, "--requests", "-"],
      ["generate", Self.base, "--prompt", "a"],
      ["probe", Self.base, "--tasks", "reading", "--task-path", "fixtures/tasks"],
      ["study", "fixtures/study-llama.yaml", "--dry-run"],
      ["bench", Self.base],
    ]
    for command in commands {
      let outcome = try LetheProcess.run(command + options)
      #expect(outcome.status == 64, "\(command) \(options)")
      #expect(outcome.errors.contains(options[1]), "\(outcome.errors)")
    }
  }

  @Test(arguments: ["soon", "0", "30m1h", "3 s"])
  func aWrongTimeIsBadUsage(time: String) throws {
    let outcome = try Self.probe(["--time", time])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(time))
  }

  @Test func verboseSaysThePlanAndTheWork() throws {
    let outcome = try Self.score(["--verbose"])
    let lines = outcome.errors.split(separator: "\n")
    let plan = try #require(lines.first { $0.contains(": plan: ") })
    for part in ["positions to compute", "of memory", "weights that stay", "keys and values"] {
      #expect(plan.contains(part), "\(plan)")
    }
    let work = try #require(lines.last { $0.contains("positions computed") })
    #expect(work.contains(" times fewer), ") && work.hasSuffix(" scored"))
    let alone = try Self.score(["--verbose", "--no-prefix-sharing"])
    #expect(alone.errors.contains("positions computed"))
    #expect(!alone.errors.contains("times fewer"))
    #expect(try Self.score().errors.isEmpty)
  }

  @Test func tooLittleMemoryIsSaidAndDoes() throws {
    let outcome = try Self.score(["--memory", "1kB"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("more than the 1.00 kB allowed"))
  }

  @Test func resultsSayTheNumericsAndThePositions() throws {
    let outcome = try Self.probe(["--format", "json", "--numerics", "f32"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let own = try #require(try JSONValue(parsing: outcome.output)["lethe"])
    #expect(own["numerics"]?.string?.hasPrefix("f32 (") == true)
    let positions = try #require(own["positions"])
    let naive = try #require(positions["naive"]?.int)
    let shared = try #require(positions["shared"]?.int)
    #expect(shared < naive)
    #expect(positions["computed"]?.int == shared)
    #expect(try #require(positions["scored"]?.int) < shared)
    let alone = try Self.probe(["--format", "json", "--no-prefix-sharing", "--numerics", "f32"])
    let document = try JSONValue(parsing: alone.output)
    #expect(document["lethe"]?["positions"]?["computed"]?.int == naive)
    #expect(document["results"] == (try JSONValue(parsing: outcome.output))["results"])
  }

  @Test func checkpointsThatAreScoredTogetherAreScoredAsAlone() throws {
    let options = [
      "--tasks", "reading,domain_knowledge", "--task-path", "fixtures/tasks", "--limit", "6",
      "--num-fewshot", "1", "--format", "json",
    ]
    // The GGUF file holds the numbers of the base, so the two share all layers.
    let models = [
      Self.base, "fixtures/series/llama/stage-1-simplification",
      "fixtures/series/llama-gguf/base-bf16.gguf",
    ]
    let together = try LetheProcess.run(["probe"] + models + options)
    #expect(together.status == 0, "\(together.errors)")
    let reports = try #require(JSONValue(parsing: together.output)["checkpoints"]?.array)
    #expect(reports.count == models.count)
    for (model, report) in zip(models, reports) {
      let alone = try LetheProcess.run(["probe", model] + options)
      #expect(try JSONValue(parsing: alone.output)["results"] == report["results"], "\(model)")
      #expect(report["model_name"]?.string == model)
    }
  }

  @Test func otherNumericsAreWarnedOf() throws {
    let both = [Self.base, "fixtures/series/llama-gguf/base-f32.gguf"]
    let options = ["--tasks", "reading", "--task-path", "fixtures/tasks", "--limit", "2"]
    let same = try LetheProcess.run(["probe"] + both + options + ["--numerics", "f32"])
    #expect(same.status == 0 && same.errors.isEmpty)
    let auto = try LetheProcess.run(["probe"] + both + options)
    #expect(auto.status == 0)
    // Where the processor does not multiply bf16, both are f32.
    let bf16 = try Self.probe(["--format", "json"]).output.contains("bf16 (")
    #expect(auto.errors.contains("\(both[1]): is computed in f32") == bf16)
  }

  @Test func whenTheTimeIsUpWhatIsDoneIsReported() throws {
    let outcome = try Self.probe(["--time", "0.001s", "--format", "json"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("warning: \(Self.base): time is up: 0 of 6 items done"))
    let document = try JSONValue(parsing: outcome.output)
    #expect(document["n-samples"]?["reading"]?["effective"]?.int == 0)
    let table = try Self.probe(["--time", "0.001s"])
    #expect(table.status == 0)
    let enough = try Self.probe(["--time", "1h"])
    #expect(enough.status == 0 && enough.errors.isEmpty)
    #expect(enough.output == (try Self.probe([])).output)
  }

  @Test func textIsTheSameWithLittleMemory() throws {
    let options = ["generate", Self.base, "--prompt", "The capital of", "--max-tokens", "4"]
    let plain = try LetheProcess.run(options)
    let small = try LetheProcess.run(options + ["--memory", "1MB"])
    #expect(plain.status == 0 && small.status == 0)
    #expect(small.output == plain.output)
  }
}
