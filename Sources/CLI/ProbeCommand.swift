import ArgumentParser
import Core
import Formats
import Inference
import OrderedCollections
import Probe

/// `lethe probe`: benchmark accuracy of checkpoints.
struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Measure the benchmark accuracy of one or several checkpoints",
    discussion: """
      Tasks are lm-evaluation-harness YAML files with JSON lines beside them; prompts, draws of \
      examples, scores and result files are those of lm-eval 0.4.13. Every checkpoint sees the same \
      requests.
      Example: lethe probe ./base ./tuned --task-path ./tasks --tasks 'know_*,reading' \
      --output-path results
      """)

  @Argument(help: ArgumentHelp("The checkpoints", valueName: "checkpoint"))
  var checkpoints: [String]

  @Option(help: ArgumentHelp("Names of tasks, groups and tags, or patterns, separated by commas"))
  var tasks: String

  @Option(
    help: ArgumentHelp(
      "A folder with task files, searched whole (can be repeated)", valueName: "dir")
  )
  var taskPath: [String] = []

  @Option(
    help: ArgumentHelp(
      "Solved examples before each item (default: what the task says)", valueName: "k"))
  var numFewshot: Int?

  @Option(help: ArgumentHelp("Evaluate only the first items of each task", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Stop after this time, such as 30m or 1h30m, with the items that are done by then; "
        + "checkpoints share it",
      valueName: "time"),
    transform: { text in
      guard let seconds = QuantityText.seconds(text), seconds > 0 else {
        throw ValidationError("'\(text)' is not a time such as 90s, 30m or 1h30m")
      }
      return seconds
    })
  var time: Double?

  @Option(
    help: ArgumentHelp(
      "Write results and samples, as lm-eval does, into a folder", valueName: "dir"))
  var outputPath: String?

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var scoring: ScoringArguments

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try models.requireBaseOfDifferences()
    guard !taskPath.isEmpty else {
      throw ValidationError("give the folder of the task files with '--task-path <dir>'")
    }
    guard !tasks.commaSeparated.isEmpty else {
      throw ValidationError("'--tasks \(tasks)' names no task")
    }
    if let numFewshot, numFewshot < 0 {
      throw ValidationError("'--num-fewshot \(numFewshot)' must be at least 0")
    }
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' must be at least 1") }
  }

  func run() throws {
    let started = ContinuousClock.now
    let library = try TaskLibrary(folders: taskPath)
    if let first = library.unreadFiles.first {
      common.terminal.warn(
        "task files that cannot be read: \(library.unreadFiles.count), the first: \(first)")
    }
    let evaluation = try Evaluation(
      library.selection(named: tasks.commaSeparated),
      options: EvaluationOptions(shotCount: numFewshot, limit: limit))
    let folder = try outputPath.map { try OutputFolder(path: $0) }
    // Every checkpoint is opened before the first is scored: a wrong path must not cost hours.
    let opened = try checkpoints.map { argument in
      let source = try models.open(argument, common.terminal)
      try LanguageModel.check(source)
      return source
    }
    common.warnOfOtherTokenizers(opened)
    common.warnOfOtherNumerics(opened, scoring.options)
    let run = ProbeRun(
      evaluation: evaluation, sources: opened, scoring: scoring.options, common: common,
      folder: folder, end: time.map { started + .seconds($0) })
    try common.terminal.write(text(of: run.reports()))
  }

  private func text(of reports: [HarnessReport]) -> String {
    let table = ProbeTable(reports)
    switch common.format {
    case .table: return table.overview.aligned()
    case .markdown: return table.overview.markdown()
    case .csv: return table.rows.csv()
    case .json: return Self.document(of: reports).serialized(.pretty) + "\n"
    }
  }

  /// One checkpoint's results as lm-eval writes them, or those of several in a list.
  private static func document(of reports: [HarnessReport]) -> JSONValue {
    reports.count == 1
      ? reports[0].results
      : ["schema_version": 1, "checkpoints": .array(reports.map(\.results))]
  }
}
