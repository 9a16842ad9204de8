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
      Tasks are those of the program ('lethe tasks list'), or lm-evaluation-harness YAML files with \
      their data beside them or in a data folder; prompts, draws of examples, scores and result \
      files are those of lm-eval 0.4.13. Every checkpoint sees the same requests.

      Example: lethe probe ./base ./tuned --tasks mmlu,hellaswag --data ./data --num-fewshot 5
      """)

  @Argument(help: ArgumentHelp("The checkpoints", valueName: "checkpoint"))
  var checkpoints: [String]

  @Option(help: ArgumentHelp("Names of tasks, groups and tags, or patterns, separated by commas"))
  var tasks = ""

  @OptionGroup var known: TaskLibraryOptions

  @OptionGroup var shots: ShotOptions

  @Option(help: ArgumentHelp("Evaluate only the first items of each task", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Draw this many items of each task or group, from its subjects by their size; the same ones "
        + "every time",
      valueName: "n"))
  var sample: Int?

  @Flag(help: "Put prompts into each checkpoint's own chat template")
  var applyChatTemplate = false

  @Flag(
    inversion: .prefixedNo,
    help: "With a chat template: solved examples are turns of the conversation")
  var fewshotAsMultiturn = true

  @Option(help: ArgumentHelp("Begin every prompt with this text", valueName: "text"))
  var systemInstruction: String?

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

  @Option(
    help: ArgumentHelp(
      "Keep every answer in this file, and ask for none that is there (default with "
        + "--output-path: ledger.sqlite in it)", valueName: "file"))
  var ledger: String?

  @OptionGroup var condition: ComparisonOptions

  @OptionGroup var own: OwnTaskOptions

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var scoring: ScoringArguments

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try models.requireBaseOfDifferences()
    guard !tasks.commaSeparated.isEmpty || !own.isEmpty else {
      throw ValidationError("give the names of tasks with '--tasks', or a file of your own")
    }
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' must be at least 1") }
    if let sample, sample < 1 { throw ValidationError("'--sample \(sample)' must be at least 1") }
    if condition.failIf != nil, checkpoints.count < 2 {
      throw ValidationError("'--fail-if' compares checkpoints, and there is one")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let selection = try selection()
    try condition.requireTasks(selection.tasks.map(\.name) + selection.groups.map(\.name))
    let folder = try outputPath.map { try OutputFolder(path: $0) }
    let ledger = try (ledger ?? outputPath.map { "\($0)/ledger.sqlite" }).map {
      try ResultLedger(path: $0)
    }
    // Every checkpoint is opened before the first is scored: a wrong path must not cost hours.
    let opened = try checkpoints.map { argument in
      let source = try models.open(argument, common.terminal)
      try LanguageModel.check(source)
      return source
    }
    var options = scoring.options
    options.encoding = known.rules.encoding
    common.warnOfOtherTokenizers(opened)
    common.warnOfOtherNumerics(opened, options)
    let run = ProbeRun(
      subjects: try subjects(opened, selection), scoring: options, common: common, folder: folder,
      ledger: ledger, end: time.map { started + .seconds($0) })
    let reports = try run.reports()
    let comparisons = try comparisons(reports)
    try common.terminal.write(text(of: reports, comparisons))
    try condition.check(comparisons)
  }

  /// The comparisons of the others with the first; none of one checkpoint.
  private func comparisons(_ reports: [HarnessReport]) throws -> [TaskComparison] {
    guard reports.count > 1 else { return [] }
    let sets = reports.map(SampleSet.init)
    // Everyone is asked the same items; templates of their own change only how.
    do {
      let report = try CheckpointComparisons(
        sets[0], with: Array(sets.dropFirst()), ignoringPrompts: applyChatTemplate,
        workGroup: common.workGroup)
      for note in report.notes { common.terminal.warn(note) }
      return report.comparisons
    } catch let error as InputError {
      // A run whose time was up may have nothing to compare; its scores are shown all the same.
      common.terminal.warn("\(error)")
      return []
    }
  }

  /// The tasks that are asked for.
  private func selection() throws -> TaskSelection {
    let library = try known.taskLibrary(common.terminal)
    return try library.selection(named: tasks.commaSeparated).adding(own.tasks())
  }

  /// The checkpoints with what they are asked.
  private func subjects(
    _ sources: [ModelSource], _ selection: TaskSelection
  ) throws -> [ProbeRun.Subject] {
    var options = EvaluationOptions(
      shotCount: shots.numFewshot, limit: limit, sampleSize: sample, rules: known.rules,
      systemInstruction: systemInstruction)
    guard applyChatTemplate else {
      let evaluation = try Evaluation(selection, options: options)
      return sources.map { ProbeRun.Subject(source: $0, evaluation: evaluation, kind: 0) }
    }
    var known: [(template: ChatTemplate, evaluation: Evaluation)] = []
    let subjects = try sources.map { source in
      guard let template = try ChatTemplate(source.checkpoint) else {
        throw InputError(path: source.path, "there is no chat template")
      }
      if let kind = known.firstIndex(where: { $0.template == template }) {
        return ProbeRun.Subject(source: source, evaluation: known[kind].evaluation, kind: kind)
      }
      options.chat = ChatFormat(template, isMultiturn: fewshotAsMultiturn)
      let evaluation = try Evaluation(selection, options: options)
      known.append((template, evaluation))
      return ProbeRun.Subject(source: source, evaluation: evaluation, kind: known.count - 1)
    }
    if known.count > 1 {
      common.terminal.warn(
        "the checkpoints have \(known.count) different chat templates, so their prompts differ")
    }
    return subjects
  }

  private func text(
    of reports: [HarnessReport], _ comparisons: [TaskComparison]
  ) -> String {
    let table = ProbeTable(reports, comparisons)
    switch common.format {
    case .table: return table.overview.aligned() + table.legend + own.differences(reports)
    case .markdown:
      return table.overview.markdown() + (table.legend.isEmpty ? "" : "\n\(table.legend)")
    case .csv: return table.rows.csv()
    case .json: return document(of: reports, comparisons).serialized(.pretty) + "\n"
    }
  }

  /// One checkpoint's results as lm-eval writes them, or those of several in a list.
  private func document(
    of reports: [HarnessReport], _ comparisons: [TaskComparison]
  ) -> JSONValue {
    guard reports.count > 1 else { return reports[0].results }
    var members: OrderedDictionary<String, JSONValue> = [
      "schema_version": 1, "checkpoints": .array(reports.map(\.results)),
      "comparisons": .array(comparisons.map(\.json)),
    ]
    members["text_differences"] = own.document(reports)
    return .object(members)
  }
}
