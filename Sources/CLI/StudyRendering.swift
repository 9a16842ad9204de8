import Core
import Study

/// A finished study for a terminal, or as one of the machine formats.
struct StudyRendering {
  /// How wide running text is.
  private static let textWidth = 96

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
    case .table:
      terminal(
        usesColor: options.terminal.usesColor, isVerbose: options.verbose, folder: folder)
    }
  }

  private func terminal(usesColor: Bool, isVerbose: Bool, folder: String) -> String {
    let head = "\(result.plan.name.escapingControls)\n\n\(paragraph(result.lead))\n"
    let tables = result.terminalTables.map { $0.aligned() + "\n" }.joined()
    let findings = ReportFindings(result)
    let shown = list(findings.shown)
    let details = isVerbose ? details(findings, usesColor) : ""
    let more = isVerbose ? "" : " (--verbose: every series here)"
    return head + problems + tables + shown + details
      + "\nreport: \(folder)/report.html\(more)\n"
  }

  /// Everything that the tables leave out.
  private func details(_ findings: ReportFindings, _ usesColor: Bool) -> String {
    var text = ""
    for part in findings.rest + findings.ofSeries {
      text += "\n\(part.title.escapingControls)\n" + list(part.findings)
    }
    let series = result.series.map { details(of: $0, usesColor) }
    return text + "\n" + series.joined(separator: "\n")
  }

  private var problems: String {
    let lines = result.problems.map { paragraph("could not be done: \($0.description)") }
    return lines.isEmpty ? "" : lines.joined() + "\n"
  }

  /// All tables of one series, then its drift by part and stage.
  private func details(of series: SeriesResult, _ usesColor: Bool) -> String {
    let tables = series.summaryTables.map { $0.aligned() }
    let maps = DriftReference.allCases.map { reference in
      HeatMap(
        title: "relative L2 \(reference.title)", rowTitle: "part", columns: series.stageNames,
        rows: series.driftMatrix(reference).map { (label: $0.name, values: $0.values) }
      ).text(usesColor: usesColor)
    }
    return series.name.escapingControls + "\n\n" + (tables + maps).joined(separator: "\n")
      + (series.notes.isEmpty ? "" : "\n") + series.notes.map { paragraph("note: \($0)") }.joined()
  }

  private func list(_ findings: [Finding]) -> String {
    findings.map { paragraph("[\($0.certainty.title)] \($0.text)", indent: 2) }.joined()
  }

  /// Text in lines that are not too long, all but the first indented.
  private func paragraph(_ text: String, indent: Int = 0) -> String {
    var lines: [String] = []
    for word in text.escapingControls.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= Self.textWidth {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(
          (lines.isEmpty ? "" : String(repeating: " ", count: indent)) + String(word))
      }
    }
    return lines.map { "\($0)\n" }.joined()
  }
}
