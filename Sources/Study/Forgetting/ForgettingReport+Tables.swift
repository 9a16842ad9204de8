public import Core

extension ForgettingReport {
  /// All results as one table, each axis before its tasks.
  ///
  /// Its keys are those of the `forgetting` document; an axis's row has its own name as task.
  public var table: TextTable {
    TextTable(
      title: "Forgetting over the stages (positive is a loss)",
      columns: [
        .words("run", key: "run"), .words("axis", key: "axis"), .words("task", key: "task"),
        .numbers("initial", key: "initial"), .numbers("final", key: "final"),
        .numbers("FG %", key: "fg_percent"), .numbers("final drop %", key: "final_drop_percent"),
        .numbers("above-chance FG %", key: "chance_corrected_fg_percent"),
        .numbers("BWT points", key: "bwt_points"),
        .numbers("Chaudhry points", key: "chaudhry_forgetting_points"),
      ],
      rows: ordered.map { row($0.result, isAxis: $0.isAxis) })
  }

  /// The relative drop from the base after each stage, in percent; FG is a row's mean.
  public var stageTable: TextTable {
    let stageCount = axes.map(\.stages.count).max() ?? 0
    let stages = (0..<stageCount).map {
      TextTable.Column.numbers("stage \($0 + 1)", key: "stage_\($0 + 1)_drop_percent")
    }
    return TextTable(
      title: "Relative drop from the base after each stage, % (* at or below chance)",
      columns: [
        .words("run", key: "run"), .words("axis", key: "axis"), .words("task", key: "task"),
      ] + stages,
      rows: ordered.map { result, isAxis in
        names(result, isAxis: isAxis)
          + (0..<stageCount).map { index in
            result.stages.indices.contains(index) ? drop(result.stages[index]) : ""
          }
      })
  }

  /// What is not defined and why, each with the run and the axis or task that it is about.
  public var notes: [String] {
    axes.flatMap { axis in axis.notes.map { "\(axis.run), \(axis.axis): \($0)" } }
  }

  /// What stands in the place of a task in an axis's row.
  static let wholeAxis = "(all)"

  /// Each axis followed by its tasks; a single task with the axis's name would say the same twice.
  private var ordered: [(result: Forgetting, isAxis: Bool)] {
    axes.flatMap { axis in
      [(result: axis, isAxis: true)]
        + tasks.filter { $0.run == axis.run && $0.axis == axis.axis && $0.task != axis.task }
        .map { (result: $0, isAxis: false) }
    }
  }

  private func names(_ result: Forgetting, isAxis: Bool) -> [TextTable.Cell] {
    [
      .init(result.run), .init(result.axis),
      .init(isAxis ? Self.wholeAxis : result.task, raw: result.task),
    ]
  }

  private func row(_ result: Forgetting, isAxis: Bool) -> [TextTable.Cell] {
    let decimals = scale == .fraction ? 3 : 2
    return names(result, isAxis: isAxis) + [
      .fixed(result.initial, decimals: decimals), .fixed(result.final, decimals: decimals),
      .fixed(result.fgPercent, decimals: 2), .fixed(result.finalDropPercent, decimals: 1),
      .fixed(result.chanceCorrectedFGPercent, decimals: 2),
      .fixed(result.bwtPoints, decimals: 2),
      .fixed(result.chaudhryForgettingPoints, decimals: 2),
    ]
  }

  private func drop(_ stage: Forgetting.Stage) -> TextTable.Cell {
    let cell = TextTable.Cell.fixed(stage.dropPercent, decimals: 1)
    guard stage.isAtOrBelowChance == true else { return cell }
    return TextTable.Cell("\(cell.text)*", raw: cell.raw)
  }
}
