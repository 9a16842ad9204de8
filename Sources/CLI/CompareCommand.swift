import ArgumentParser
import Core
import Probe

/// `lethe compare`: finished results of checkpoints, item by item.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare finished results on the same items, of Lethe or of lm-eval",
    discussion: """
      Results are a file 'results_*.json' with its 'samples_*.jsonl' beside it, one such file of \
      samples, or a folder that holds them; of several runs in a folder, each task's latest is taken. \
      Items are the same if the hashes of document and prompt are. lm-eval writes samples with \
      '--log_samples', lethe probe with '--output-path'.

      Example: lethe compare results/base results/tuned \
      --fail-if 'mmlu.difference < -0.02 and mmlu.p_adjusted < 0.05'
      """)

  @Argument(help: ArgumentHelp("The results that the others are compared with", valueName: "base"))
  var base: String

  @Argument(help: ArgumentHelp("The results that are compared", valueName: "results"))
  var others: [String]

  @Flag(help: "Compare items whose prompts differ, such as those with other examples before them")
  var ignorePrompts = false

  @OptionGroup var condition: ComparisonOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let report = try CheckpointComparisons(
      SampleSet(path: base), with: others.map { try SampleSet(path: $0) },
      ignoringPrompts: ignorePrompts, workGroup: common.workGroup)
    for note in report.notes { common.terminal.warn(note) }
    try common.terminal.write(text(of: report))
    try condition.check(report.comparisons)
  }

  private func text(of report: CheckpointComparisons) -> String {
    let table = ComparisonTable(report.comparisons)
    switch common.format {
    case .table:
      return table.overviews.map { $0.aligned() + "\n" }.joined() + table.legend
    case .markdown:
      let legend = table.legend.split(separator: "\n").map { "- \($0)\n" }.joined()
      return table.overviews.map { $0.markdown() + "\n" }.joined() + legend
    case .csv: return table.rows.csv()
    case .json:
      let document: JSONValue = [
        "schema_version": 1, "comparisons": .array(report.comparisons.map(\.json)),
        "notes": .array(report.notes.map { .string($0) }),
      ]
      return document.serialized(.pretty) + "\n"
    }
  }
}
