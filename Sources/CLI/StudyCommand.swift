import ArgumentParser
import Core
import Formats
import Foundation
import Probe
import Study

/// `lethe study`: the whole journey, from checkpoints to a report.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Measure drift and forgetting of a series of checkpoints, and report",
    discussion: """
      Takes a study file, or the base and its stages in order. Writes study.json, report.html, \
      report.md, CSV tables, and results and samples of every checkpoint.

      Example: lethe study study.yaml --output-path report
      Example: lethe study base stage-1 stage-2 --tasks know,reading --task-path tasks \
      --output-path report
      """)

  @Argument(help: "A study file (.yaml), or the base checkpoint and then its stages")
  var inputs: [String]

  @Option(help: "The tasks, groups or tags to measure, separated by commas; each is an axis")
  var tasks: String?

  @Option(help: "A folder with task files (can be repeated)")
  var taskPath: [String] = []

  @Option(help: ArgumentHelp("Put this many solved examples before each item", valueName: "k"))
  var numFewshot: Int?

  @Option(help: ArgumentHelp("Score only the first items of each task", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("Write the report and all tables to this folder", valueName: "folder"))
  var outputPath: String?

  @Option(
    help: ArgumentHelp(
      "Keep every answer in this file, and ask for none that is there (default: ledger.sqlite in the "
        + "folder)", valueName: "file"))
  var ledger: String?

  @Flag(help: "Only check the study and say what would be done")
  var dryRun = false

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var engine: EngineOptions

  @OptionGroup var options: CommonOptions

  private var isStudyFile: Bool {
    inputs.count == 1 && ["yaml", "yml"].contains(URL(filePath: inputs[0]).pathExtension)
  }

  func validate() throws {
    if models.areDifferences {
      throw ValidationError("'--weight-diff' does not go with a study")
    }
    if isStudyFile, tasks != nil || !taskPath.isEmpty {
      throw ValidationError(
        "the study file names the tasks; '--tasks' and '--task-path' do not go "
          + "with it")
    }
    if !isStudyFile, tasks == nil { throw ValidationError("'--tasks' is missing") }
    if !dryRun, outputPath == nil { throw ValidationError("'--output-path' is missing") }
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' must be at least 1") }
    if let numFewshot, numFewshot < 0 {
      throw ValidationError("'--num-fewshot \(numFewshot)' must not be negative")
    }
  }

  func run() throws {
    let plan = try plan()
    let folder = try dryRun ? nil : outputPath.map { try OutputFolder(path: $0) }
    let instruments = try CheckpointInstruments(
      plan: plan, version: Lethe.version, workGroup: options.workGroup,
      scoring: engine.scoring, adapterBase: models.adapterBase,
      ledger: try folder.map { try ResultLedger(path: ledger ?? "\($0.path)/ledger.sqlite") })
    let runner = try StudyRunner(plan: plan, instruments: instruments)
    for warning in runner.warnings { options.terminal.warn(warning) }
    guard let folder else {
      try options.terminal.write(planText(plan, tasks: runner.tasks))
      return
    }
    let result = try options.terminal.withProgress { progress in
      try runner.run(
        version: Lethe.version, command: command, createdAt: Date.now.ISO8601Format(),
        progress: progress, deliver: folder.write)
    }
    try folder.write(try result.documents())
    try options.terminal.write(StudyRendering(result).text(options, folder: folder.path))
  }

  private func plan() throws -> StudyPlan {
    guard isStudyFile else {
      return try StudyPlan(
        checkpoints: StageFolder.expanding(inputs), tasks: (tasks ?? "").commaSeparated,
        taskPaths: taskPath, fewshotCount: numFewshot, limit: limit)
    }
    var plan = try StudyPlan(file: inputs[0])
    plan.fewshotCount = numFewshot ?? plan.fewshotCount
    plan.limit = limit ?? plan.limit
    return plan
  }

  /// The command as it was typed, so that it can be repeated.
  private var command: String {
    (["lethe"] + CommandLine.arguments.dropFirst()).map { word in
      let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=@+".contains($0) }
      return isPlain && !word.isEmpty
        ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  private func planText(_ plan: StudyPlan, tasks: [String]) -> String {
    let series = plan.series.map { series in
      let stages = series.checkpoints.map { "  \($0.name): \($0.path)\n" }.joined()
      return "\(series.name)\n\(stages)"
    }.joined()
    let axes = plan.axes.map { "  \($0.name): \($0.tasks.joined(separator: ", "))\n" }.joined()
    let checkpoints = plan.series.reduce(0) { $0 + $1.checkpoints.count }
    let newTasks =
      plan.newTasks.isEmpty ? "" : "new tasks: \(plan.newTasks.joined(separator: ", "))\n"
    return "\(plan.name)\n\(series)axes\n\(axes)\(newTasks)"
      + "\(checkpoints) checkpoints, each scored on \(tasks.count) tasks\n"
  }
}
