import Core
import Foundation
import TestSupport
import Testing

/// `study` as a process: killed, given less than it asks for, and judged by its exit code.
struct StudyRunTests {
  private static func arguments(_ folder: String, _ more: [String] = []) -> [String] {
    ["study", "fixtures/study-llama.yaml", "--limit", "30", "--restore-target", "0.5"]
      + ["--output-path", folder] + more
  }

  /// The documents that hold numbers, without times.
  private static func documents(_ folder: String) throws -> [String: String] {
    var documents: [String: String] = [:]
    for name in ["study.json", "report.html", "report.md", "association.csv", "forgetting.csv"] {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      let time = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#
      documents[name] = text.replacing(time, with: "TIME").replacing(folder, with: "FOLDER")
    }
    return documents
  }

  @Test func `a study that is killed ends with the report of an undisturbed one`() throws {
    let folder = try TemporaryFolder()
    let started = ContinuousClock.now
    let whole = try LetheProcess.run(Self.arguments(folder.path("whole")))
    #expect(whole.status == 0, "\(whole.errors)")
    let duration = (ContinuousClock.now - started) / .seconds(1)
    let path = folder.path("killed")
    for share in [0.15, 0.4, 0.6, 0.8, 0.95] {
      let process = LetheProcess.make(Self.arguments(path))
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      Thread.sleep(forTimeInterval: duration * share)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let again = try LetheProcess.run(Self.arguments(path))
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Self.documents(path) == Self.documents(folder.path("whole")))
  }

  @Test func `a missing stage is said, the rest is done, and the exit code is 2`() throws {
    let folder = try TemporaryFolder()
    let series = "fixtures/series/llama"
    let outcome = try LetheProcess.run(
      "study", "\(series)/base", "\(series)/stage-1-simplification", "\(series)/stage-2",
      "--tasks", "reading,know_people", "--task-path", "fixtures/tasks", "--limit", "10",
      "--output-path", folder.path("report"))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("error: base, stage 'stage-2': \(series)/stage-2: "))
    let text = try String(contentsOfFile: folder.path("report/study.json"), encoding: .utf8)
    let document = try JSONValue(parsing: text)
    #expect(document["problems"]?.array?.count == 1)
    let stages = try #require(document["series"]?.array?.first?["stages"]?.array)
    #expect(stages.count == 3)
    #expect(stages[1]["scores"]?.array?.count == 2)
    #expect(stages[2]["scores"]?.array?.isEmpty == true)
  }

  @Test func `stages of another architecture and tokenizer are scored, not compared`() throws {
    let folder = try TemporaryFolder()
    let outcome = try LetheProcess.run(
      "study", "fixtures/series/llama/base", "fixtures/series/bloom/stage-1", "--tasks",
      "know_people", "--task-path", "fixtures/tasks", "--limit", "10", "--output-path",
      folder.path("report"))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("it is scored, but no drift is measured"))
    let text = try String(contentsOfFile: folder.path("report/study.json"), encoding: .utf8)
    let stages = try JSONValue(parsing: text)["series"]?.array?.first?["stages"]?.array
    #expect(stages?[1]["scores"]?.array?.count == 1)
  }

  @Test func `a condition decides the exit code`() throws {
    let folder = try TemporaryFolder()
    let series = "fixtures/series/llama"
    let arguments = [
      "study", "\(series)/base", "\(series)/stage-5-headline", "--tasks", "know_people",
      "--task-path", "fixtures/tasks", "--limit", "20", "--output-path", folder.path("report"),
      "--fail-if",
    ]
    let met = try LetheProcess.run(arguments + ["know_people.fg_percent > 20"])
    #expect(met.status == 1)
    #expect(met.errors.contains("fail-if: base, know_people: fg_percent is "))
    #expect(try LetheProcess.run(arguments + ["fg_percent < 0"]).status == 0)
    #expect(try LetheProcess.run(arguments + ["reading.fg_percent < 0"]).status == 2)
    #expect(try LetheProcess.run(arguments + ["know_people.accuracy < 0"]).status == 64)
  }

  @Test func `a dry run says what there is to do`() throws {
    let outcome = try LetheProcess.run(
      "study", "fixtures/study-llama.yaml", "--dry-run", "--sample", "20")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 series, 6 checkpoints x 13 tasks with 260 items = 78 units"))
    #expect(outcome.output.contains("token positions, about "))
  }
}
