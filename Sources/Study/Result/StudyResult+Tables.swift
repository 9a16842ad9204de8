public import Core
import OrderedCollections
import Statistics

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
        series.scores(of: task).enumerated().map { stage, score in
          [
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

  /// The drift of every part of the model after every stage, from base and stage before.
  public var driftTable: TextTable {
    TextTable(
      title: "Drift",
      columns: [
        .words("run", key: "run"), .numbers("stage", key: "stage"),
        .words("checkpoint", key: "checkpoint"), .words("from", key: "reference"),
        .words("level", key: "level"), .words("part", key: "name"),
        .numbers("relative L2", key: "relative_l2"), .numbers("L2", key: "l2_delta"),
        .numbers("cosine", key: "cosine"),
        .numbers("identical", key: "identical_fraction"),
        .numbers("parameters", key: "element_count"),
      ],
      rows: series.flatMap(Self.driftRows))
  }

  private static func driftRows(_ series: SeriesResult) -> [[TextTable.Cell]] {
    series.drift.enumerated().flatMap { index, stage in
      DriftReference.allCases.flatMap { reference in
        stage.values(reference).map { place, values in
          [
            .init(series.name), .count(index + 1), .init(stage.stage), .init(reference.rawValue),
            .init(place.level.rawValue), .init(place.name),
            .significant(values.relativeL2), .significant(values.l2),
            .significant(values.cosine, digits: 6), .percent(values.identicalFraction),
            .count(values.elementCount),
          ]
        }
      }
    }
  }

  /// Every association that was looked at.
  public var associationTable: TextTable {
    var table = Association.table(of: [])
    table.columns.insert(.words("run", key: "run"), at: 0)
    table.rows = series.flatMap { series in
      Association.table(of: series.associations.associations).rows.map { [.init(series.name)] + $0 }
    }
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

extension Association {
  /// Associations of one series as a table.
  static func table(of associations: [Association]) -> TextTable {
    TextTable(
      title: "Drift against forgetting over the stages (n stages; p by permutation)",
      columns: [
        .words("axis", key: "axis"), .words("level", key: "level"),
        .words("part", key: "name"), .words("measure", key: "measure"),
        .words("from", key: "reference"), .numbers("n", key: "n"),
        .numbers("Spearman", key: "spearman"), .numbers("p", key: "spearman_p"),
        .numbers("p (Holm)", key: "spearman_p_adjusted"),
        .numbers("Pearson", key: "pearson"), .numbers("p", key: "pearson_p"),
        .numbers("p (Holm)", key: "pearson_p_adjusted"),
        .words("grows with stage", key: "confounded_by_stage"),
      ],
      rows: associations.map(\.cells))
  }

  private var cells: [TextTable.Cell] {
    [
      .init(axis), .init(place.level.rawValue), .init(place.name),
      .init(measure.title, raw: measure.rawValue),
      .init(reference.title, raw: reference.rawValue), .count(stageCount),
      .fixed(spearman?.coefficient, decimals: 2), Self.cell(spearman?.pValue),
      Self.cell(spearmanAdjustedPValue), .fixed(pearson?.coefficient, decimals: 2),
      Self.cell(pearson?.pValue), Self.cell(pearsonAdjustedPValue),
      .init(isConfoundedByStage ? "both" : "", raw: isConfoundedByStage ? "true" : "false"),
    ]
  }

  private static func cell(_ pValue: Double?) -> TextTable.Cell {
    TextTable.Cell(probability(pValue), raw: pValue.map { "\($0)" } ?? "")
  }
}
