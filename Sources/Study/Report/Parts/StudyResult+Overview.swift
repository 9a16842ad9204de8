public import Core

extension StudyResult {
  /// What was forgotten, all series side by side.
  var overview: PageSection {
    let isSingle = series.count == 1
    return PageSection(
      id: "overview", title: isSingle ? "What was forgotten" : "All series side by side",
      parts: [
        .init(
          title: isSingle ? "" : "What was forgotten",
          blocks: [PaperTable(self).block, .charts(forgettingCharts)]),
        .init(
          title: "Score of each axis, stage by stage",
          blocks: isSingle ? [] : [.charts(accuracyCharts)]),
        .init(title: "How series differ", blocks: contrastBlocks),
        .init(title: "What brings it back", blocks: isSingle ? [] : restorationBlocks),
      ])
  }

  // MARK: Forgetting

  /// Whether intervals over items are known for every axis of every series.
  private var hasIntervals: Bool {
    series.allSatisfy { series in series.forgetting.axes.allSatisfy { $0.intervals != nil } }
  }

  /// FG with its interval: one row for each axis of a single series, else a chart for each axis.
  private var forgettingCharts: [Chart] {
    let caption =
      "Mean relative drop from the base over the stages, in %; positive is a loss. "
      + (hasIntervals
        ? "Lines are 95 % intervals over the items."
        : "Intervals are not known: only scores are.")
    func chart(_ id: String, _ title: String, rowTitle: String, _ rows: [IntervalChart.Row])
      -> Chart
    {
      IntervalChart(
        id: id, title: title, caption: caption, valueTitle: "FG, %", rowTitle: rowTitle,
        measures: [.init(name: "FG", key: "fg_percent", style: .bar)], rows: rows
      ).chart()
    }
    if series.count == 1 {
      return [
        chart(
          "forgetting", "FG of each axis", rowTitle: "axis",
          plan.axes.map { .init(name: $0.name, values: [fg(series[0], $0.name)]) })
      ]
    }
    return plan.axes.enumerated().map { index, axis in
      chart(
        "forgetting-\(index + 1)", "FG of \(axis.name)", rowTitle: "series",
        series.map { .init(name: $0.name, values: [fg($0, axis.name)]) })
    }
  }

  private func fg(_ series: SeriesResult, _ axis: String) -> ChartValue? {
    guard let forgetting = series.forgetting(of: axis), let value = forgetting.fgPercent else {
      return nil
    }
    return ChartValue(value, interval: forgetting.intervals?.fgPercent)
  }

  /// One chart for each axis with a line for each series.
  private var accuracyCharts: [Chart] {
    // Stages of different series need not have the same names; their numbers are the same.
    let stageCount = series.map(\.drift.count).max() ?? 0
    return plan.axes.enumerated().map { index, axis in
      LineChart(
        id: "accuracy-\(index + 1)", title: axis.name,
        caption: "Mean score of the tasks in %"
          + (axis.kind == .bias ? ": the share of pairs with the stereotype preferred" : "")
          + ". Intervals and chance are in the charts of each series.",
        valueTitle: "score, %", placeTitle: "stage (0 is the base)", lineTitle: "series",
        places: .names((0...stageCount).map(String.init)),
        lines: series.map { series in
          LineChart.Line(
            name: series.name,
            points: (series.axes.first { $0.name == axis.name }.map(series.scores) ?? [])
              .map { score in score.map { ChartValue($0.value * 100) } })
        }, naming: .ends
      ).chart()
    }
  }

  // MARK: Contrasts

  private var contrastBlocks: [PageBlock] {
    guard !contrasts.isEmpty else { return [] }
    return [
      .charts(contrasts.enumerated().map { contrastChart($1, id: "contrast-\($0 + 1)") }),
      .table(contrastTable),
    ]
  }

  private func contrastChart(_ contrast: SeriesContrast, id: String) -> Chart {
    let reference = contrast.series.first ?? ""
    var last: String?
    return IntervalChart(
      id: id, title: contrast.name,
      caption: "FG of each series minus FG of \(reference), in percentage points of FG: to the "
        + "right it forgot more. Lines are 95 % intervals over the same items.",
      valueTitle: "FG minus that of \(ChartText.cut(reference, to: 24)), points",
      rowTitle: "series", measures: [.init(name: "difference", key: "fg_points", style: .point)],
      rows: contrast.rows.map { row in
        defer { last = row.axis }
        return .init(
          name: row.series, values: [row.fgDifference.map { ChartValue($0) }],
          group: row.axis == last ? nil : row.axis)
      }
    ).chart()
  }

  /// All differences between series.
  public var contrastTable: TextTable {
    TextTable(
      title: "Differences between series, in percentage points [95 % interval over items]",
      columns: [
        .words("asked", key: "contrast"), .words("axis", key: "axis"),
        .words("series", key: "run"), .words("against", key: "reference"),
        .numbers("FG", key: "fg_points"), .numbers("final drop", key: "final_drop_points"),
        .numbers("above-chance FG", key: "chance_corrected_fg_points"),
      ],
      rows: contrasts.flatMap { contrast in
        contrast.rows.map { row in
          [
            .init(contrast.name), .init(row.axis), .init(row.series), .init(row.reference),
            .estimate(row.fgDifference), .estimate(row.finalDropDifference),
            .estimate(row.chanceCorrectedDifference),
          ]
        }
      })
  }
}

extension TextTable.Cell {
  /// An estimate with its interval for people; CSV holds the value alone.
  static func estimate(_ estimate: Estimate?, times factor: Double = 1) -> TextTable.Cell {
    let value = estimate.map { ChartValue($0, times: factor) }
    return TextTable.Cell(
      intervalText(value?.value, value?.interval), raw: estimate.map { "\($0.value)" } ?? "")
  }
}
