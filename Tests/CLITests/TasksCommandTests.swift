import Core
import Foundation
import TestSupport
import Testing

/// `lethe tasks` as a user runs it.
@Suite struct TasksCommandTests {
  private static let data = ["--data", Fixtures.path("golden/tasks/data")]

  @Test func benchmarksAreListed() throws {
    let table = try LetheProcess.run(["tasks"])
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.contains("mmlu_continuation"))
    #expect(!table.output.contains("\nmmlu_anatomy"))
    let json = try LetheProcess.run(["tasks", "list", "--format", "json"])
    let tasks = try #require(try JSONValue(parsing: json.output)["tasks"]?.array)
    let subjects = tasks.filter { $0["data_set"]?.string?.hasPrefix("cais/mmlu/") == true }
    #expect(subjects.count == 2 * 57)
    let anatomy = try #require(tasks.first { $0["name"] == "mmlu_anatomy" })
    #expect(anatomy["kind"] == "task")
    #expect(anatomy["split"] == "test")
    #expect(anatomy["metrics"] == ["acc"])
    let some = try LetheProcess.run(["tasks", "list", "mmlu_anat*", "--format", "csv"])
    #expect(some.output.split(separator: "\n").count == 3)
  }

  @Test func functionsAreListed() throws {
    let outcome = try LetheProcess.run(["tasks", "list", "--functions", "--format", "json"])
    let functions = try #require(try JSONValue(parsing: outcome.output)["functions"]?.array)
    #expect(functions.contains { $0["name"] == "hellaswag/utils.process_docs" })
  }

  @Test func whatIsShownIsATaskFile() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("mutual")
    let shown = try LetheProcess.run(["tasks", "show", "mutual"])
    try folder.write("mutual/own.yaml", shown.output.replacing("\"mutual\"", with: "\"own\""))
    let data = folder.path("data")
    try FileManager.default.createDirectory(
      atPath: "\(data)/EleutherAI/mutual", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: Fixtures.path("golden/tasks/data/EleutherAI/mutual/mutual"),
      toPath: "\(data)/EleutherAI/mutual/own")
    let checked = try LetheProcess.run([
      "tasks", "check", folder.path("mutual/own.yaml"), "--num-fewshot", "2", "--data", data,
      "--format", "json",
    ])
    #expect(checked.status == 0, "\(checked.errors)")
    let task = try #require(try JSONValue(parsing: checked.output)["tasks"]?[0])
    #expect(
      task == ["task": "own", "item_count": 9, "num_fewshot": 2, "request_count": 36])
  }

  @Test func requestsOfAnItemAreShown() throws {
    let outcome = try LetheProcess.run(
      ["tasks", "requests", "race", "--item", "1", "--format", "json"] + Self.data)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let item = try #require(try JSONValue(parsing: outcome.output)["items"]?[0])
    #expect(item["requests"]?.array?.count == 4)
    #expect(item["requests"]?[0]?["context"]?.string?.hasPrefix("Article: ") == true)
    let text = try LetheProcess.run(["tasks", "requests", "hgen", "--item", "3"] + Self.data)
    #expect(text.output.contains("at most 128 tokens"))
  }

  @Test(arguments: [
    (["tasks", "show", "helaswag"], "did you mean 'hellaswag'"),
    (["tasks", "check", "piqa"], "no file of split 'validation' of data set 'baber/piqa'"),
    (["tasks", "requests", "race", "--item", "99"], "there is no item 99, the last one is 11"),
  ])
  func problemsAreNamed(arguments: [String], message: String) throws {
    let outcome = try LetheProcess.run(
      arguments + (arguments[1] == "show" ? [] : Self.data))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
