public import Core

extension StudyResult {
  /// The tables of a finished study for a terminal: none is wider than 100 columns unless names are
  /// very long.
  public var terminalTables: [TextTable] {
    [forgettingLines, contrastLines, leagueLines, restorationLines].filter { !$0.rows.isEmpty }
  }

  /// One line for each series and axis.
  private var forgettingLines: TextTable {
    TextTable(
      title: "Score of base and end, FG [95 % interval over items], in % (* at or below chance)",
      columns: [
        .words("series", key: "run"), .words("axis", key: "axis"), .numbers("base", key: "initial"),
        .numbers("end", key: "final"), .numbers("FG", key: "fg_percent"),
        .numbers("final drop", key: "final_drop_percent"),
        .numbers("above chance", key: "chance_corrected_fg_percent"),
      ],
      rows: series.flatMap { series in
        series.forgetting.axes.enumerated().map { index, axis in
          [
            .init(index == 0 ? series.name : ""), .init(axis.axis),
            PaperTable.score(axis.initial, isMarked: axis.isInitialAtOrBelowChance),
            PaperTable.score(axis.final, isMarked: axis.stages.last?.isAtOrBelowChance),
            .estimate(axis.fgPercent.map { Estimate($0, interval: axis.intervals?.fgPercent) }),
            .fixed(axis.finalDropPercent, decimals: 1),
            .fixed(axis.chanceCorrectedFGPercent, decimals: 1),
          ]
        }
      })
  }

  private var contrastLines: TextTable {
    var table = contrastTable
    table.title = "FG against another series, in points [95 % interval over items]"
    for row in table.rows.indices {
      table.rows[row][0] = .init(ChartText.cut(table.rows[row][0].text, to: 26))
    }
    let kept = ["contrast", "axis", "run", "reference", "fg_points"]
    return table.keeping(kept)
  }

  private var leagueLines: TextTable {
    TextTable(
      title: "What goes with the forgetting of all abilities (every association: association.csv)",
      columns: [
        .words("measure", key: "measure"), .words("from", key: "reference"),
        .numbers("n", key: "n"), .numbers("Spearman", key: "spearman"),
        .numbers("p corrected", key: "spearman_p_adjusted"),
      ],
      rows: leadingAssociations.prefix(5).map { entry in
        [
          .init(
            ChartText.cut("\(entry.measure.measureTitle), \(entry.measure.placeTitle)", to: 50)),
          .init(entry.measure.reference == .base ? "base" : "stage before"),
          .count(entry.stageCount), .fixed(entry.spearman?.value, decimals: 2),
          .init(probability(entry.spearman?.adjustedPValue)),
        ]
      })
  }

  private var restorationLines: TextTable {
    var table = restorationTable
    table.title = "What brings most back, in % [95 % interval over items]"
    return table
  }
}

extension TextTable {
  /// The table with some of its columns only, by their keys.
  fileprivate func keeping(_ keys: [String]) -> TextTable {
    let kept = columns.indices.filter { keys.contains(columns[$0].key) }
    return TextTable(
      title: title, columns: kept.map { columns[$0] },
      rows: rows.map { row in kept.map { row[$0] } })
  }
}
