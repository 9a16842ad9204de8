import Core

/// The sections of a report and the charts in them, made once for page and CSV files.
struct ReportContents {
  /// What stands first: forgetting of all series, drift against forgetting.
  let sections: [PageSection]
  /// One section for each series; of a single one it is among ``sections``.
  let folds: [PageSection]
  /// How to read the numbers, and where they come from.
  let ending: [PageSection]

  init(_ result: StudyResult) {
    let names = Self.identifiers(result.series.map(\.name))
    let cellCount = Self.largestCellCount / max(1, result.series.count)
    let ofSeries = zip(result.series, names).map { series, id in
      series.section(id: id, isOnly: result.series.count == 1, largestCellCount: cellCount)
    }
    let isSingle = result.series.count == 1
    sections = [result.overview] + (isSingle ? ofSeries : []) + [result.driftSection]
    folds = isSingle ? [] : ofSeries
    ending = [StudyResult.readingSection, result.provenanceSection]
  }

  /// So many cells the maps of a page may have in all; more would make it heavy.
  private static let largestCellCount = 4000

  /// All sections, in the order of the page.
  var all: [PageSection] { sections + folds + ending }

  /// The data of all charts.
  var documents: [StudyDocument] {
    all.flatMap(\.charts).map { StudyDocument(path: $0.dataPath, text: $0.data.csv()) }
  }

  /// Names that can stand in a path and in a link; the number keeps them apart from each other.
  static func identifiers(_ names: [String]) -> [String] {
    names.enumerated().map { "\($0 + 1)-\(FileName.safe($1))" }
  }
}
