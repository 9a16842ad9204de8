public import Core

/// Forgetting in the form of the paper's tables 4 to 6: one row for each series, for each axis the
/// base's score, the last one and FG.
public struct PaperTable {
  private let result: StudyResult

  /// Makes the table of a study.
  public init(_ result: StudyResult) {
    self.result = result
  }

  /// The axes of ability, then those of bias.
  private var axes: [String] {
    StudyPlan.Axis.Kind.allCases.flatMap { kind in
      result.plan.axes.filter { $0.kind == kind }.map(\.name)
    }
  }

  private var title: String {
    let biases = result.plan.axes.filter { $0.kind == .bias }.map(\.name)
    return "Score of the base (R₀) and after the last stage (R₋₁), and FG, in %; positive is a loss"
      + (biases.isEmpty
        ? "" : "; \(listed(biases)): the share of pairs in which the stereotype is preferred")
      + "; * at or below chance"
  }

  /// The table with the axis in every heading, for Markdown and CSV.
  public var table: TextTable { table { axis, column in "\(axis) \(column)" } }

  /// The table with one heading over the columns of each axis, for the page.
  var block: PageBlock {
    .table(
      table { _, column in column },
      headings: [.init(title: "", width: 1)] + axes.map { .init(title: $0, width: 3) })
  }

  private func table(_ heading: (_ axis: String, _ column: String) -> String) -> TextTable {
    TextTable(
      title: title,
      columns: [.words("series", key: "run")]
        + axes.flatMap { axis -> [TextTable.Column] in
          [
            .numbers(heading(axis, "R₀"), key: "\(axis) initial"),
            .numbers(heading(axis, "R₋₁"), key: "\(axis) final"),
            .numbers(heading(axis, "FG"), key: "\(axis) fg_percent"),
          ]
        },
      rows: result.series.map { series in
        [.init(series.name)] + axes.flatMap { axis in cells(series.forgetting(of: axis)) }
      })
  }

  private func cells(_ forgetting: Forgetting?) -> [TextTable.Cell] {
    guard let forgetting else { return ["–", "–", "–"] }
    return [
      Self.score(forgetting.initial, isMarked: forgetting.isInitialAtOrBelowChance),
      Self.score(forgetting.final, isMarked: forgetting.stages.last?.isAtOrBelowChance),
      TextTable.Cell(
        intervalText(forgetting.fgPercent, forgetting.intervals?.fgPercent),
        raw: forgetting.fgPercent.map { "\($0)" } ?? ""),
    ]
  }

  /// A score in percent, marked where it is at or below chance.
  static func score(_ score: Double, isMarked: Bool?) -> TextTable.Cell {
    let cell = TextTable.Cell.percent(score)
    return isMarked == true ? TextTable.Cell("\(cell.text)*", raw: cell.raw) : cell
  }
}

extension SeriesResult {
  /// The forgetting of one axis; `nil` where it has none.
  func forgetting(of axis: String) -> Forgetting? {
    forgetting.axes.first { $0.axis == axis }
  }
}
