public import Core

extension StudyResult {
  /// The report in Markdown, for a pull request: the findings and the tables, without drawings.
  public func markdownReport() -> String {
    let head = "# \(Self.line(plan.name))\n\n\(Self.line(lead))\n\n"
    let list = findings.map { "- **\($0.certainty.title)**: \(Self.line($0.text))\n" }.joined()
    let tables =
      series.flatMap { series in
        series.summaryTables + DriftReference.allCases.map(series.driftTable)
      } + [checkpointTable]
    let facts = facts.map { "- \($0.term): \(Self.line($0.meaning))\n" }.joined()
    let notes = series.flatMap(\.notes).map { "- note: \(Self.line($0))\n" }.joined()
    return head + list + notes + "\n" + tables.map { $0.markdown() + "\n" }.joined()
      + "### How it was made\n\n" + facts
  }

  /// One line of text in which nothing is read as HTML.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
      .split(separator: "<", omittingEmptySubsequences: false).joined(separator: "&lt;")
  }
}

extension SeriesResult {
  /// What limits the numbers: scores that allow no relative loss, tensors that were not compared.
  public var notes: [String] { forgetting.notes + driftNotes }

  /// Tensors that were not compared, stage by stage.
  var driftNotes: [String] {
    drift.flatMap { stage in stage.notes.map { "\(stage.stage): \($0)" } }
  }

  /// The tables of a short report, for a terminal or Markdown; drift is drawn apart.
  public var summaryTables: [TextTable] {
    var learned = learningTable
    learned.title = "New tasks, accuracy in %"
    return [accuracyMatrix] + (learning.isEmpty ? [] : [learned]) + [
      forgetting.table, forgetting.stageTable, Association.table(of: associations.ofModel),
    ]
  }
}
