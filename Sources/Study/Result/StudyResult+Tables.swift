public import Core
import OrderedCollections

extension StudyResult {
  /// Every score, in the format that `lethe forgetting` reads, with a few columns more.
  ///
  /// New tasks belong to no axis and are not among them; ``learningTable`` has those.
  public var scoresTable: TextTable {
    TextTable(
      title: "Scores",
      columns: [
        .words("run", key: "run"), .numbers("stage", key: "stage"), .words("axis", key: "axis"),
        .words("task", key: "task"), .numbers("score", key: "score"),
        .numbers("chance", key: "chance"), .numbers("± standard error", key: "standard_error"),
        .numbers("items", key: "item_count"), .words("metric", key: "metric"),
        .words("checkpoint", key: "checkpoint"),
      ],
      rows: series.flatMap(Self.scoreRows))
  }

  private static func scoreRows(_ series: SeriesResult) -> [[TextTable.Cell]] {
    series.axes.flatMap { axis in
      axis.tasks.flatMap { task in
        series.scores(of: task).enumerated().compactMap { stage, score in
          guard let score else { return nil }
          return [
            .init(series.name), .count(stage), .init(axis.name), .init(task),
            .fixed(score.value, decimals: 3), .fixed(score.chance, decimals: 3),
            .fixed(score.standardError, decimals: 3), .count(score.itemCount),
            .init(score.metric), .init(series.checkpoints[stage].name),
          ]
        }
      }
    }
  }

  /// What was learned of every new task.
  public var learningTable: TextTable {
    var table = TextTable(columns: SeriesResult.learningColumns)
    table.rows = series.flatMap(\.learningTable.rows)
    return table
  }
}

extension SeriesResult {
  fileprivate static let learningColumns: [TextTable.Column] = [
    .words("run", key: "run"), .words("task", key: "task"), .numbers("stage", key: "stage"),
    .numbers("chance", key: "chance"), .numbers("base", key: "base"),
    .numbers("before its stage", key: "before"), .numbers("after its stage", key: "after"),
    .numbers("gain, points", key: "gain_points"), .numbers("at the end", key: "final"),
    .numbers("since, points", key: "afterwards_points"),
  ]

  /// What was learned of every new task of this series.
  var learningTable: TextTable {
    TextTable(
      title: "New tasks, accuracy in % (their own stage adds, later ones take)",
      columns: Self.learningColumns,
      rows: learning.map { learning in
        [
          .init(name), .init(learning.task), .count(learning.stage), .percent(learning.chance),
          .percent(learning.base), .percent(learning.before), .percent(learning.after),
          .fixed(learning.gainPoints, decimals: 1), .percent(learning.final),
          .fixed(learning.afterwardsPoints, decimals: 1),
        ]
      })
  }
}
