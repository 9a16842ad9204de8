import Core
import Study

/// A finished study for a terminal, or as one of the machine formats.
struct StudyRendering {
  private let result: StudyResult

  init(_ result: StudyResult) {
    self.result = result
  }

  /// What the command writes, with a word on where the report is.
  func text(_ options: CommonOptions, folder: String) -> String {
    switch options.format {
    case .json: result.json.serialized(.pretty) + "\n"
    case .csv: result.scoresTable.csv()
    case .markdown: result.markdownReport()
    case .table: terminal(usesColor: options.terminal.usesColor, folder: folder)
    }
  }

  private func terminal(usesColor: Bool, folder: String) -> String {
    let findings = result.findings.map { "[\($0.certainty.title)] \($0.text.escapingControls)\n" }
      .joined()
    let series = result.series.map { series in
      series.name + "\n\n"
        + (series.summaryTables.map { $0.aligned() } + maps(series, usesColor))
        .joined(separator: "\n")
        + (series.notes.isEmpty ? "" : "\n")
        + series.notes.map { "note: \($0.escapingControls)\n" }.joined()
    }.joined(separator: "\n")
    return "\(result.plan.name)\n\n\(series)\n\(findings)\nreport: \(folder)/report.html\n"
  }

  /// Drift by part and stage.
  private func maps(_ series: SeriesResult, _ usesColor: Bool) -> [String] {
    DriftReference.allCases.map { reference in
      HeatMap(
        title: "relative L2 \(reference.title)", rowTitle: "part", columns: series.stageNames,
        rows: series.driftMatrix(reference).map { (label: $0.name, values: $0.values) }
      ).text(usesColor: usesColor)
    }
  }
}
