public import Core

extension StudyResult {
  /// The report in Markdown, for a pull request: what was found and the tables that say how much; no
  /// drawings and no HTML.
  public func markdownReport() -> String {
    let head = "# \(Self.line(plan.name))\n\n\(Self.line(lead))\n\n"
    let shown = ReportFindings(self).shown.map {
      "- **\($0.certainty.title)**: \(Self.line($0.text))\n"
    }.joined()
    let notes = problems.map { "- **could not be done**: \(Self.line($0.description))\n" }.joined()
    return head + (notes.isEmpty ? "" : notes + "\n") + shown + "\n"
      + shortTables.map { $0.markdown() + "\n" }.joined()
      + "Charts, intervals and every series: `report.html`; all numbers: `study.json` and the CSV "
      + "files beside it.\n\n"
      + "Made \(provenance.createdAt) by Lethe \(provenance.version), numerics "
      + "\(Self.line(provenance.numerics)):\n\n" + Self.code(provenance.command)
  }

  private var shortTables: [TextTable] {
    [PaperTable(self).table]
      + [
        contrastTable, league.readerTable(of: Array(leadingAssociations.prefix(5))),
        restorationTable,
      ].filter { !$0.rows.isEmpty }
  }

  /// One line of text in which nothing is read as HTML.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
      .split(separator: "<", omittingEmptySubsequences: false).joined(separator: "&lt;")
  }

  /// A line of code, whatever backticks are in it.
  private static func code(_ text: String) -> String {
    "    " + text.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
  }
}

extension SeriesResult {
  /// What limits the numbers: scores that allow no relative loss, tensors that were not compared.
  public var notes: [String] { forgetting.notes + driftNotes }

  /// The tables of a short report, for a terminal; drift is drawn apart.
  public var summaryTables: [TextTable] {
    var learned = learningTable
    learned.title = "New tasks, accuracy in %"
    return [accuracyMatrix] + (learning.isEmpty ? [] : [learned]) + [
      forgetting.table, forgetting.stageTable,
    ]
  }
}
