import Core

extension SeriesResult {
  /// Score by stage, one line for each axis.
  func accuracyChart(id: String) -> Chart {
    let hasIntervals = axes.allSatisfy { forgetting(of: $0.name)?.intervals != nil }
    return LineChart(
      id: "\(id)-accuracy", title: "What it could do before: score of each axis",
      caption: "Mean score of the axis's tasks in %. "
        + (hasIntervals
          ? "Bars are 95 % intervals over the items" : "Bars are ± 1 standard error")
        + ", dashed lines chance.",
      valueTitle: "score, %", placeTitle: "checkpoint, in training order", lineTitle: "axis",
      places: .names(checkpoints.map(\.name)),
      lines: axes.map { axis in
        let scores = scores(of: axis)
        let intervals = hasIntervals ? forgetting(of: axis.name)?.intervals?.scores : nil
        return LineChart.Line(
          name: axis.kind == .bias ? "\(axis.name) (stereotype preferred)" : axis.name,
          points: scores.enumerated().map { stage, score in
            guard let score else { return nil }
            guard let intervals else { return Self.point(score.value, score.standardError) }
            let interval = intervals.indices.contains(stage) ? intervals[stage] : nil
            return ChartValue(Estimate(score.value, interval: interval), times: 100)
          },
          level: scores.lazy.compactMap { $0?.chance }.first.map { $0 * 100 })
      }
    ).chart()
  }

  /// Score by stage, one line for each new task; `nil` without new tasks.
  func learningChart(id: String) -> Chart? {
    guard !learning.isEmpty else { return nil }
    return LineChart(
      id: "\(id)-learning", title: "What it was taught: score of each new task",
      caption: "A ring marks the stage that trained the task; bars are ± 1 standard error.",
      valueTitle: "score, %", placeTitle: "checkpoint, in training order", lineTitle: "new task",
      places: .names(checkpoints.map(\.name)),
      lines: learning.map { learning in
        LineChart.Line(
          name: learning.task,
          points: scores(of: learning.task).map { score in
            score.map { Self.point($0.value, $0.standardError) }
          },
          marked: learning.stage)
      }
    ).chart()
  }

  /// A score in percent, one standard error to each side; a share cannot leave 0 to 100.
  private static func point(_ value: Double, _ error: Double?) -> ChartValue {
    ChartValue(
      value * 100,
      interval: error.map { max(0, value - $0) * 100...max(value, min(1, value + $0)) * 100 })
  }

  /// The forgetting of the axes alone, with scores in percent.
  var axisTable: TextTable {
    TextTable(
      title: "Forgetting of each axis over \(drift.count) stages (positive is a loss"
        + (forgetting.axes.contains { $0.intervals != nil }
          ? "; [95 % interval over items])" : ")"),
      columns: [
        .words("axis", key: "axis"), .numbers("base %", key: "initial"),
        .numbers("end %", key: "final"), .numbers("FG %", key: "fg_percent"),
        .numbers("final drop %", key: "final_drop_percent"),
        .numbers("above-chance FG %", key: "chance_corrected_fg_percent"),
        .numbers("BWT points", key: "bwt_points"),
        .numbers("Chaudhry points", key: "chaudhry_forgetting_points"),
      ],
      rows: forgetting.axes.map { axis in
        let intervals = axis.intervals
        return [
          .init(axis.axis), .percent(axis.initial), .percent(axis.final),
          Self.cell(axis.fgPercent, intervals?.fgPercent),
          Self.cell(axis.finalDropPercent, intervals?.finalDropPercent),
          Self.cell(axis.chanceCorrectedFGPercent, intervals?.chanceCorrectedFGPercent),
          Self.cell(axis.bwtPoints, intervals?.bwtPoints),
          Self.cell(axis.chaudhryForgettingPoints, intervals?.chaudhryForgettingPoints),
        ]
      })
  }

  private static func cell(_ value: Double?, _ interval: ClosedRange<Double>?) -> TextTable.Cell {
    .estimate(value.map { Estimate($0, interval: interval) })
  }

  /// The mean score of each axis at each checkpoint, in percent.
  var accuracyMatrix: TextTable {
    TextTable(
      title: "Score of each axis, % ± standard error",
      columns: [.words("axis", key: "axis")]
        + checkpoints.map { .numbers($0.name, key: $0.name) },
      rows: axes.map { axis in
        [.init(axis.name)]
          + scores(of: axis).map { score in
            let error = score?.standardError.map { " ± \(NumberText.percent($0))" } ?? ""
            return .init("\(NumberText.percent(score?.value))\(error)")
          }
      })
  }
}
