import Core

extension StudyResult {
  /// The documents of a finished study, besides results and samples of its checkpoints.
  ///
  /// - Throws: An error if the report's own template cannot be read.
  public func documents() throws -> [StudyDocument] {
    let contents = ReportContents(self)
    return [
      StudyDocument(path: "study.json", text: json.serialized(.pretty) + "\n"),
      StudyDocument(path: "scores.csv", text: scoresTable.csv()),
      StudyDocument(path: "forgetting.csv", text: forgettingTable.csv()),
      StudyDocument(path: "learning.csv", text: learningTable.csv()),
      StudyDocument(path: "drift.csv", text: driftTable.csv()),
      StudyDocument(path: "drift-layers.csv", text: driftMatrixTable.csv()),
      StudyDocument(path: "association.csv", text: league.table.csv()),
      StudyDocument(path: "contrasts.csv", text: contrastTable.csv()),
      StudyDocument(path: "restoration.csv", text: restorationTrialTable.csv()),
      StudyDocument(path: "report.md", text: markdownReport()),
      StudyDocument(path: "report.html", text: try htmlReport(contents)),
    ] + contents.documents
  }

  private var forgettingTable: TextTable {
    var table = series.first?.forgetting.table ?? TextTable(columns: [])
    table.rows = series.flatMap(\.forgetting.table.rows)
    return table
  }
}
