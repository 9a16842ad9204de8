public import Core

extension Restoration {
  /// Every trial with its scores and shares, for people and as CSV.
  ///
  /// - Parameters:
  ///   - series: The name of the series.
  ///   - axes: The names of the study's axes, in their order.
  /// - Returns: The tuned model, the trials, the base.
  public func table(series: String, axes: [String]) -> TextTable {
    var table = Self.emptyTable(axes: axes)
    table.rows =
      [reference("tuned", 0, tunedScores, tunedNewScore, series)]
      + trials.map { cells($0, series) }
      + [reference("base", 1, baseScores, baseNewScore, series)]
    return table
  }

  /// The table without rows.
  public static func emptyTable(axes: [String]) -> TextTable {
    TextTable(
      title: "Restoration: what returns, and what goes, when weights of the base are put back",
      columns: [
        .words("run", key: "run"), .numbers("stage", key: "stage"),
        .words("checkpoint", key: "checkpoint"), .words("kind", key: "kind"),
        .words("put back", key: "name"), .numbers("share of base", key: "alpha"),
        .numbers("returned, %", key: "returned"), .numbers("from", key: "returned_low"),
        .numbers("to", key: "returned_high"),
        .numbers("all at once: from", key: "returned_among_all_low"),
        .numbers("to", key: "returned_among_all_high"),
        .numbers("comes first, %", key: "lead_share"),
        .numbers("gain, points", key: "gain_points"), .numbers("from", key: "gain_points_low"),
        .numbers("to", key: "gain_points_high"),
        .numbers("new skill lost, %", key: "skill_lost"),
        .numbers("from", key: "skill_lost_low"), .numbers("to", key: "skill_lost_high"),
        .numbers("new tasks, %", key: "new_score"),
      ] + axes.map { .numbers("\($0), %", key: "score_\(FileName.safe($0))") })
  }

  private func cells(_ trial: Trial, _ series: String) -> [TextTable.Cell] {
    [
      .init(series), .count(stage), .init(stageName), .init(trial.kind.rawValue),
      .init(trial.name), .fixed(trial.alpha, decimals: 2),
    ] + Self.percentCells(trial.returned)
      + [
        .percent(trial.returnedAmongAll?.lowerBound, decimals: 0),
        .percent(trial.returnedAmongAll?.upperBound, decimals: 0),
        .percent(trial.leadShare, decimals: 0),
        .fixed(trial.gain.map { $0.value * 100 }, decimals: 1),
        .fixed((trial.gain?.interval?.lowerBound).map { $0 * 100 }, decimals: 1),
        .fixed((trial.gain?.interval?.upperBound).map { $0 * 100 }, decimals: 1),
      ] + Self.percentCells(trial.skillLost) + [.percent(trial.newScore)]
      + trial.axisScores.map { .percent($0) }
  }

  /// A row of the tuned model or the base, which trials are compared with.
  private func reference(
    _ name: String, _ alpha: Double, _ scores: [Double], _ newScore: Double?, _ series: String
  ) -> [TextTable.Cell] {
    let none = [TextTable.Cell](repeating: .init(NumberText.missing, raw: ""), count: 12)
    let start: [TextTable.Cell] = [
      .init(series), .count(stage), .init(stageName), "reference", .init(name),
      .fixed(alpha, decimals: 2),
    ]
    return start + none + [.percent(newScore)] + scores.map { .percent($0) }
  }

  private static func percentCells(_ estimate: Estimate?) -> [TextTable.Cell] {
    [
      .percent(estimate?.value, decimals: 0),
      .percent(estimate?.interval?.lowerBound, decimals: 0),
      .percent(estimate?.interval?.upperBound, decimals: 0),
    ]
  }
}
