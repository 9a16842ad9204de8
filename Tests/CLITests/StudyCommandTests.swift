import Core
import Foundation
import TestSupport
import Testing

/// `probe`, `study` and `forgetting` as processes, on the trained series.
struct StudyCommandTests {
  private static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private static func document(_ file: URL) throws -> JSONValue {
    try JSONValue(parsing: Array(Data(contentsOf: file)))
  }

  @Test func `a study writes its documents, and forgetting reads its scores`() throws {
    try Self.withFolder { folder in
      let path = folder.path(percentEncoded: false)
      let study = try LetheProcess.run(
        "study", "fixtures/study-llama.yaml", "--limit", "12", "--output-path", path)
      #expect(study.status == 0, "\(study.errors)")
      #expect(study.output.contains("report.html"))
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
      for name in ["study.json", "report.html", "report.md", "scores.csv", "forgetting.csv"] {
        #expect(files.contains(name), "\(name)")
      }
      let document = try Self.document(folder.appending(path: "study.json"))
      #expect(document["schema_version"]?.int == 1)

      let forgetting = try LetheProcess.run("forgetting", "\(path)/scores.csv", "--format", "csv")
      #expect(forgetting.status == 0, "\(forgetting.errors)")
      let written = try String(
        contentsOf: folder.appending(path: "forgetting.csv"), encoding: .utf8)
      #expect(forgetting.output == written)
    }
  }

  @Test func `probe writes lm-eval's files and the same bits for any thread count`() throws {
    let runs = try ["1", "2", "3"].map { threads in
      try Self.withFolder { folder in
        let outcome = try LetheProcess.run(
          "probe", "fixtures/series/llama/base", "--tasks", "reading", "--task-path",
          "fixtures/tasks", "--limit", "20", "--num-fewshot", "2", "--threads", threads,
          "--output-path", folder.path(percentEncoded: false))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let own = try #require(
          try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .first)
        let names = try FileManager.default.contentsOfDirectory(atPath: own.path).sorted()
        #expect(names.count == 2)
        #expect(names[0].hasPrefix("results_") && names[0].hasSuffix(".json"))
        #expect(names[1].hasPrefix("samples_reading_") && names[1].hasSuffix(".jsonl"))
        return try Data(contentsOf: own.appending(path: names[1]))
      }
    }
    #expect(runs[0] == runs[1] && runs[0] == runs[2])
  }

  @Test func `forgetting gives a known FG and explains what is undefined`() throws {
    let scores = """
      run,stage,axis,task,score,chance
      a,0,knowledge,t,80,25
      a,1,knowledge,t,60,25
      a,2,knowledge,t,40,25
      b,0,knowledge,t,0,25
      b,1,knowledge,t,10,25

      """
    let outcome = try LetheProcess.run("forgetting", "-", "--format", "json", input: scores)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let tasks = try #require(JSONValue(parsing: outcome.output)["tasks"]?.array)
    // ((80 - 60) / 80 + (80 - 40) / 80) / 2
    #expect(tasks[0]["fg_percent"]?.double == 37.5)
    #expect(tasks[0]["final_drop_percent"]?.double == 50)
    #expect(tasks[1]["fg_percent"] == .null)
    let table = try LetheProcess.run("forgetting", "-", input: scores)
    #expect(table.output.contains("37.5"))
  }

  @Test func `what a study or a probe cannot find is named, and ends with 2`() throws {
    let task = try LetheProcess.run(
      "probe", "fixtures/series/llama/base", "--tasks", "readin", "--task-path", "fixtures/tasks")
    #expect(task.status == 2)
    #expect(task.errors.contains("'readin'") && task.errors.contains("reading"))
    let study = try LetheProcess.run("study", "nowhere.yaml", "--output-path", "unused-report")
    #expect(study.status == 2)
    #expect(study.errors.hasPrefix("error: nowhere.yaml: "))
    let scores = try LetheProcess.run("forgetting", "-", input: "run,stage\na,0\n")
    #expect(scores.status == 2)
  }
}
