public import Core

extension SeriesResult {
  /// What one restored stage shows.
  func restorationBlocks(_ restoration: Restoration, id: String) -> [PageBlock] {
    let charts =
      [
        shareChart(
          restoration, .layer, id: "\(id)-restored-layers", title: "One layer put back"),
        shareChart(
          restoration, .component, id: "\(id)-restored-components",
          title: "One component put back, in all layers"),
        shareChart(
          restoration, .group, id: "\(id)-restored-groups", title: "Several parts put back"),
        interpolationChart(restoration, id: "\(id)-interpolation"),
        searchChart(restoration, id: "\(id)-search"),
      ].compactMap(\.self)
    return [
      .text(
        "Weights of the base are put back into \(restoration.stageName), and the model is asked "
          + "again. “Returned” is the share of the lost score, over all axes of ability, that comes "
          + "back; “skill lost” the share of what the new tasks had gained that goes. Both in % "
          + "with 95 % intervals over the items."),
      .findings(restoration.findings.filter { !findings.contains($0) }),
      .charts(charts),
    ]
  }

  private static let measures = [
    IntervalChart.Measure(name: "returned", key: "returned_percent", style: .bar),
    IntervalChart.Measure(name: "skill lost", key: "skill_lost_percent", style: .point),
  ]

  /// What came back and what went for each trial of one kind; `nil` if there is none.
  private func shareChart(
    _ restoration: Restoration, _ kind: Restoration.Kind, id: String, title: String
  ) -> Chart? {
    let trials = restoration.trials(kind)
    guard !trials.isEmpty else { return nil }
    return IntervalChart(
      id: id, title: title,
      caption: "Share of the lost score that returns, and of the new skill that goes, in %.",
      valueTitle: "share, %", rowTitle: "put back", measures: Self.measures,
      rows: trials.map { trial in
        .init(
          name: trial.name,
          values: [
            trial.returned.map { ChartValue($0, times: 100) },
            trial.skillLost.map { ChartValue($0, times: 100) },
          ])
      }, shown: [0, 100], landmarks: [100]
    ).chart()
  }

  /// The steps of the search for the smallest set of layers; `nil` without steps.
  private func searchChart(_ restoration: Restoration, id: String) -> Chart? {
    let steps = restoration.trials(.search)
    guard !steps.isEmpty, let search = restoration.search else { return nil }
    return IntervalChart(
      id: id, title: "The search, layer by layer",
      caption: "Each row puts one layer more back. Asked for: "
        + "\(NumberText.percent(search.target, decimals: 0)) %, the dashed line.",
      valueTitle: "share, %", rowTitle: "put back", measures: Self.measures,
      rows: steps.map { step in
        .init(
          name: step.name,
          values: [
            step.returned.map { ChartValue($0, times: 100) },
            step.skillLost.map { ChartValue($0, times: 100) },
          ])
      }, shown: [0, 100], landmarks: [search.target * 100]
    ).chart()
  }

  /// The scores between tuned model and base; `nil` without such trials.
  private func interpolationChart(_ restoration: Restoration, id: String) -> Chart? {
    let trials = restoration.trials(.interpolation).sorted { $0.alpha < $1.alpha }
    guard !trials.isEmpty else { return nil }
    let inner = trials.filter { $0.alpha > 0 && $0.alpha < 1 }
    let alphas = [0] + inner.map(\.alpha) + [1]
    func line(
      _ name: String, _ tuned: Double?, _ base: Double?,
      _ score: (Restoration.Trial) -> Double?
    ) -> LineChart.Line {
      LineChart.Line(
        name: name,
        points: ([tuned] + inner.map(score) + [base]).map { value in
          value.map { ChartValue($0 * 100) }
        })
    }
    func at(_ values: [Double], _ index: Int) -> Double? {
      // Not a number where the axis has no score.
      values.indices.contains(index) && values[index].isFinite ? values[index] : nil
    }
    let abilities = axes.enumerated().map { index, axis in
      line(
        axis.name, at(restoration.tunedScores, index), at(restoration.baseScores, index)
      ) { at($0.axisScores, index) }
    }
    let learned =
      restoration.tunedNewScore == nil
      ? []
      : [line("new tasks", restoration.tunedNewScore, restoration.baseNewScore) { $0.newScore }]
    return LineChart(
      id: id, title: "Between \(restoration.stageName) and the base",
      caption: "Score in % when every weight lies between the two: at 0 the tuned model, at 1 the "
        + "base.",
      valueTitle: "score, %", placeTitle: "share of the base (α)", lineTitle: "axis",
      places: .numbers(alphas), lines: abilities + learned
    ).chart()
  }
}

extension StudyResult {
  /// What brought most back, series by series.
  var restorationBlocks: [PageBlock] {
    let table = restorationTable
    return table.rows.isEmpty ? [] : [.table(table)]
  }

  /// One row for each restored stage: the layer and the component that brought most back.
  public var restorationTable: TextTable {
    TextTable(
      title: "What brings most back: share of the lost score returned, and of the new skill lost, "
        + "in % [95 % interval over items]",
      columns: [
        .words("series", key: "run"), .words("stage", key: "stage"),
        .words("put back", key: "kind"), .words("which", key: "name"),
        .numbers("returned %", key: "returned"), .numbers("skill lost %", key: "skill_lost"),
      ],
      rows: series.flatMap { series in
        series.restorations.flatMap { restoration in
          [Restoration.Kind.layer, .component].compactMap { kind in
            restoration.best(kind).map { trial in
              [
                .init(series.name), .init(restoration.stageName), .init(kind.rawValue),
                .init(trial.name), .estimate(trial.returned, times: 100),
                .estimate(trial.skillLost, times: 100),
              ]
            }
          }
        }
      })
  }

  /// Every trial of every restoration.
  var restorationTrialTable: TextTable {
    let axes = plan.axes.map(\.name)
    var table = Restoration.emptyTable(axes: axes)
    table.rows = series.flatMap { series in
      series.restorations.flatMap { $0.table(series: series.name, axes: axes).rows }
    }
    return table
  }
}
