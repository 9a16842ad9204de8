import ArgumentParser
import Core
import Study

/// `lethe forgetting`: the forgetting tables from scores measured elsewhere.
struct ForgettingCommand: ParsableCommand {
  /// How scores are written, as an option.
  enum Scale: String, CaseIterable, ExpressibleByArgument {
    case auto
    case fraction = "0-1"
    case percent = "0-100"

    var scale: ScoreScale? { ScoreScale(rawValue: rawValue) }
  }

  static let configuration = CommandConfiguration(
    commandName: "forgetting",
    abstract: "Compute forgetting from a table of scores",
    discussion: """
      The table has the columns run,stage,axis,task,score and, if known, chance; stage 0 is the \
      base. A row whose task is its axis holds the score of the whole axis and is used where the \
      axis has no tasks.

      Example: lethe forgetting scores.csv --format json
      """)

  @Argument(help: "The table of scores, CSV; '-' is standard input")
  var scores: String

  @Option(help: "The scale of the scores; auto finds out")
  var scale: Scale = .auto

  @OptionGroup var options: CommonOptions

  func run() throws {
    let csv = try CSVTable(parsing: InputFile.bytes(scores), path: scores)
    let report = ForgettingReport(try ScoreTable(csv: csv, path: scores, scale: scale.scale))
    try options.terminal.write(rendered(report))
  }

  private func rendered(_ report: ForgettingReport) -> String {
    switch options.format {
    case .json: report.json.serialized(.pretty) + "\n"
    case .csv: report.table.csv()
    case .table:
      report.table.aligned() + "\n" + report.stageTable.aligned()
        + (report.notes.isEmpty
          ? "" : "\n" + report.notes.map { "note: \($0.escapingControls)\n" }.joined())
    case .markdown:
      report.table.markdown() + "\n" + report.stageTable.markdown()
        + (report.notes.isEmpty ? "" : "\n" + report.notes.map { "- \($0)\n" }.joined())
    }
  }
}
