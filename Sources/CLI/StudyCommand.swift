public import ArgumentParser
import Core
import Formats
import Foundation
import Probe
public import Study

/// `lethe study`: the whole journey, from checkpoints to a report.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Measure drift and forgetting of series of checkpoints, and report",
    discussion: """
      Takes a study file, or the base and its stages in order. Says first what will be done, then \
      writes study.json, report.html, report.md, CSV tables, and results and samples of every \
      checkpoint. Interrupted, the same command goes on where it was. What cannot be done, such as a \
      stage whose file is missing, is said; all else is done, and the exit code is 2.

      Example: lethe study study.yaml --output-path report
      Example: lethe study base stage-1 stage-2 --tasks mmlu,reading --data data --output-path report
      """)

  @Argument(help: "A study file (.yaml), or the base checkpoint and then its stages")
  var inputs: [String]

  @Option(help: "The tasks, groups or tags to measure, separated by commas; each is an axis")
  var tasks: String?

  @Option(help: "A folder with task files (can be repeated)")
  var taskPath: [String] = []

  @Option(
    help: ArgumentHelp(
      "A folder with data sets as PATH/NAME/SPLIT.jsonl (can be repeated); also LETHE_DATA",
      valueName: "dir"))
  var data: [String] = []

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("Whose prompts and scoring to follow: lm-eval 0.4.13, or arXiv 2308.08747"))
  var rules: EvaluationProtocol?

  @OptionGroup var shots: ShotOptions

  @Option(help: ArgumentHelp("Score only the first items of each task", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Draw this many items of each task or group; the same ones every time", valueName: "n"))
  var sample: Int?

  @Option(
    help: "What adapters of later stages were trained on: the stages before, merged, or the base")
  var adapterChain: StudyPlan.AdapterChain?

  @Option(
    help: ArgumentHelp(
      "Put base weights back into the last stage, and search for the fewest layers that bring back "
        + "this share of what was lost, such as 0.8", valueName: "share"))
  var restoreTarget: Double?

  @Option(
    help: ArgumentHelp(
      "Exit with 1 if this holds, such as '\"domain knowledge\".fg_percent > 10'",
      discussion: """
        In front stands an axis or task, in double quotes if it is no plain word, and in brackets a \
        series if one is meant; keys are those of 'forgetting' in the JSON document. A key alone is \
        of any axis. Of several series one must meet the whole.
        """,
      valueName: "condition"))
  var failIf: String?

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
    if isStudyFile, tasks != nil || !taskPath.isEmpty || adapterChain != nil {
      throw ValidationError(
        "the study file names tasks and chains of adapters; '--tasks', '--task-path' and "
          + "'--adapter-chain' do not go with it")
    }
    if !isStudyFile, tasks == nil { throw ValidationError("'--tasks' is missing") }
    if !dryRun, outputPath == nil { throw ValidationError("'--output-path' is missing") }
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' must be at least 1") }
    if let sample, sample < 1 { throw ValidationError("'--sample \(sample)' must be at least 1") }
    if let restoreTarget, !(restoreTarget > 0 && restoreTarget <= 1) {
      throw ValidationError("'--restore-target \(restoreTarget)' must be above 0 and at most 1")
    }
    if let failIf {
      do {
        for subject in try Condition(parsing: failIf, levels: nil).subjects
        where !StudyConditions.keys.contains(subject.keys.joined(separator: ".")) {
          throw ValidationError(
            "'\(subject.keys.joined(separator: "."))' is no number of forgetting; those are "
              + StudyConditions.keys.joined(separator: ", "))
        }
      } catch let error as InputError {
        throw ValidationError("\(error)")
      }
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
    for problem in runner.problems { options.terminal.warn(problem.description) }
    let overview = StudyOverview(plan, axes: runner.tasks, estimate: try runner.estimate())
    guard let folder else {
      try options.terminal.write(overview.text)
      try requireNone(runner.problems)
      return
    }
    options.terminal.note(overview.summary)
    let result = try options.terminal.withProgress { progress in
      try runner.run(
        version: Lethe.version, command: command, createdAt: Date.now.ISO8601Format(),
        progress: progress, deliver: folder.write)
    }
    try folder.write(try result.documents())
    try options.terminal.write(StudyRendering(result).text(options, folder: folder.path))
    try requireNone(result.problems)
    try check(result)
  }

  /// Ends the command with 2 if something could not be done.
  private func requireNone(_ problems: [StudyProblem]) throws {
    guard !problems.isEmpty else { return }
    for problem in problems { Terminal.say("error: \(problem.description)\n") }
    throw ExitCode(2)
  }

  /// Ends the command with 1 if the condition is met.
  private func check(_ result: StudyResult) throws {
    guard let failIf else { return }
    switch StudyConditions(result).outcome(of: try Condition(parsing: failIf, levels: nil)) {
    case .unmet: break
    case .undecided(let reason): throw InputError(place: "condition '\(failIf)'", reason)
    case .met(let reasons):
      Terminal.say(reasons.map { "fail-if: \($0)\n" }.joined())
      throw ExitCode(1)
    }
  }

  private func plan() throws -> StudyPlan {
    var plan =
      try isStudyFile
      ? StudyPlan(file: inputs[0])
      : StudyPlan(
        checkpoints: StageFolder.expanding(inputs), tasks: (tasks ?? "").commaSeparated,
        taskPaths: taskPath, adapterChain: adapterChain)
    plan.dataPaths = data + plan.dataPaths
    plan.rules = rules ?? plan.rules
    plan.fewshotCount = shots.numFewshot ?? plan.fewshotCount
    plan.limit = limit ?? plan.limit
    plan.sampleSize = sample ?? plan.sampleSize
    if let restoreTarget {
      plan.restoration = plan.restoration ?? StudyPlan.RestorationPlan()
      plan.restoration?.target = restoreTarget
    }
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
}

extension StudyPlan.AdapterChain: ExpressibleByArgument {}
