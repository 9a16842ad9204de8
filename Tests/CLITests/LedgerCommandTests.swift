import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

/// Ledgers as processes use them, which are killed, run side by side and find no room.
@Suite(.serialized) struct LedgerCommandTests {
  private static let checkpoints = ["fixtures/series/bloom/base", "fixtures/series/bloom/stage-1"]

  /// A run of many small batches; its output has no time in it.
  private static func arguments(_ more: [String]) -> [String] {
    ["probe"] + checkpoints + [
      "--task-path", "fixtures/tasks", "--tasks", "domain_knowledge,reading,new_headline",
      "--limit", "12", "--numerics", "f32", "--memory", "1kB", "--quiet", "--format", "csv",
    ] + more
  }

  private static func probe(_ more: String...) throws -> LetheProcess.Outcome {
    try LetheProcess.run(arguments(more))
  }

  /// How often a run is killed; 5 times where nothing else is asked for.
  private static let killCount =
    ProcessInfo.processInfo.environment["LETHE_KILL_COUNT"].flatMap { Int($0) } ?? 5

  /// The items of a ledger without the time.
  private static func items(_ path: String) throws -> [String] {
    let outcome = try LetheProcess.run("ledger", "export", path, "--as", "jsonl")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.output.split(separator: "\n").map { line in
      var item = try #require(try JSONValue(parsing: Array(line.utf8)).object)
      item["time"] = nil
      return JSONValue.object(item).serialized()
    }
  }

  @Test func `a run that is killed again and again ends with the bits of an undisturbed one`()
    throws
  {
    let folder = try TemporaryFolder()
    let started = ContinuousClock.now
    let whole = try Self.probe("--ledger", folder.path("whole.sqlite"))
    let duration = (ContinuousClock.now - started) / .seconds(1)
    #expect(whole.status == 0, "\(whole.errors)")
    let items = try Self.items(folder.path("whole.sqlite"))
    #expect(items.count > 100)
    var (killCount, number) = (0, 0)
    while killCount < Self.killCount {
      number += 1
      let path = folder.path("\(number).sqlite")
      // Not every start is killed, so that runs come to an end too.
      for _ in 0..<Int.random(in: 1...6) where killCount < Self.killCount {
        let process = LetheProcess.make(Self.arguments(["--ledger", path]))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: Double.random(in: 0...duration))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killCount += 1 }
      }
      let outcome = try Self.probe("--ledger", path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == whole.output)
      #expect(try Self.items(path) == items)
    }
  }

  @Test func `two processes write one ledger`() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.probe("--ledger", folder.path("whole.sqlite"))
    let path = folder.path("both.sqlite")
    let processes = try (0..<2).map { number in
      let process = LetheProcess.make(Self.arguments(["--ledger", path]))
      process.standardOutput = try FileHandle(
        forWritingTo: URL(filePath: folder.write("output-\(number)", "")))
      return process
    }
    for process in processes { try process.run() }
    for (number, process) in processes.enumerated() {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(
        try String(contentsOfFile: folder.path("output-\(number)"), encoding: .utf8)
          == whole.output)
    }
    #expect(try Self.items(path) == Self.items(folder.path("whole.sqlite")))
  }

  @Test func `a second run computes nothing`() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "probe", Self.checkpoints[0], "--task-path", "fixtures/tasks", "--tasks", "reading",
      "--limit", "4", "--verbose", "--output-path", folder.path,
    ]
    let first = try LetheProcess.run(arguments)
    #expect(first.status == 0, "\(first.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.path("ledger.sqlite")))
    #expect(!first.errors.contains(" 0 positions computed"))
    let second = try LetheProcess.run(arguments)
    #expect(second.output == first.output)
    #expect(second.errors.contains("0 positions computed, the ledger knows all answers"))
  }

  @Test func `a ledger that may not grow is one clear error, and keeps what it has`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("full.sqlite")
    let limited = try LetheProcess.run(
      Self.arguments(["--ledger", path]), shell: "trap '' XFSZ; ulimit -f 64")
    #expect(limited.status == 2, "\(limited.errors)")
    #expect(limited.errors.hasPrefix("error: \(path): "), "\(limited.errors)")
    #expect(limited.errors.contains("keeps what it had"), "\(limited.errors)")
    let whole = try Self.probe("--ledger", folder.path("whole.sqlite"))
    let rest = try Self.probe("--ledger", path)
    #expect(rest.status == 0, "\(rest.errors)")
    #expect(rest.output == whole.output)
  }

  @Test func `a ledger that cannot be written is one clear error`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.sqlite")
    #expect(try Self.probe("--ledger", path).status == 0)
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
    // Who may do everything may write it all the same.
    let asNobody = geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : ""
    let readOnly = try LetheProcess.run(
      Self.arguments(["--ledger", path]), shell: "cd \(Fixtures.repository)", prefix: asNobody)
    #expect(readOnly.status == 2)
    #expect(
      readOnly.errors == "error: \(path): is read-only, and a ledger is written to\n")
    let missing = try Self.probe("--ledger", folder.path("no/a.sqlite"))
    #expect(missing.status == 2)
    #expect(missing.errors.contains("there is no folder"))
    let text = try folder.write("text", String(repeating: "text\n", count: 999))
    let other = try Self.probe("--ledger", text)
    #expect(other.status == 2)
    #expect(other.errors.hasPrefix("error: \(text): is not a ledger"))
  }

  @Test func `ledgers are listed, exported, merged and pruned`() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (folder.path("1.sqlite"), folder.path("2.sqlite"))
    for (path, task) in [(first, "reading"), (second, "new_headline")] {
      let outcome = try LetheProcess.run(
        "probe", Self.checkpoints[0], "--task-path", "fixtures/tasks", "--tasks", task, "--limit",
        "3", "--ledger", path)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let merged = try LetheProcess.run("ledger", "merge", first, second)
    #expect(merged.status == 0)
    #expect(merged.errors == "\(first): 0 models, 12 answers, 3 items new\n")
    let list = try LetheProcess.run("ledger", "list", second, "--format", "json")
    let model = try #require(
      try JSONValue(parsing: Array(list.output.utf8))["models"]?.array?.first)
    #expect(model["path"]?.string == Self.checkpoints[0])
    #expect(model["item_count"]?.int == 6)
    #expect(
      model["tasks"]?.array?.compactMap { $0["task"]?.string } == ["new_headline", "reading"])
    let table = try LetheProcess.run("ledger", second)
    #expect(table.output.contains("new_headline, reading"))
    let csv = try LetheProcess.run("ledger", "export", second)
    #expect(csv.output.split(separator: "\n").count >= 1 + 6)
    #expect(csv.output.hasPrefix("checkpoint,content_hash,numerics,task,task_hash,item,"))
    let pruned = try LetheProcess.run("ledger", "prune", second, "--task", "reading")
    #expect(pruned.errors == "removed 0 models, 0 answers, 3 items\n")
    #expect(try LetheProcess.run("ledger", "prune", second).status == 64)
    #expect(try LetheProcess.run("ledger", "list", folder.path("3.sqlite")).status == 2)
    #expect(try LetheProcess.run("ledger", "merge", second, second).status == 2)
  }
}
