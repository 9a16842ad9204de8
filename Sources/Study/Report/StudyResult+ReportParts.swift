public import Core
import OrderedCollections

extension StudyResult {
  /// What the words of a report mean.
  static let terms: [(term: String, meaning: String)] = [
    (
      "FG",
      "The forgetting of the paper (arXiv 2308.08747, equation 1): for each task the relative drop "
        + "from the base, (R₀ − Rₘ) / R₀, averaged over all stages m, then over the tasks of the "
        + "axis. Positive is a loss, negative a gain."
    ),
    ("final drop", "The same ratio after the last stage alone."),
    (
      "above-chance FG",
      "FG of what the base had above guessing: (R₀ − Rₘ) / (R₀ − chance). Not defined where the "
        + "base does not beat guessing."
    ),
    ("BWT", "Backward transfer: last score minus the base's, in percentage points."),
    ("Chaudhry", "Best earlier score minus the last one, in percentage points."),
    (
      "relative L2",
      "The length of the difference of two checkpoints' weights over the length of the first's."
    ),
    (
      "clear, uncertain",
      "Clear: a difference of more than two standard errors, taken as if both scores came from "
        + "different items, or p below 0.05 after correction. Uncertain: within what chance can do."
    ),
    (
      "measured, not claimed",
      "Measured: stated as counted, not tested. Not claimed: what this study cannot show."
    ),
  ]

  /// How the study was made.
  var facts: [(term: String, meaning: String)] {
    [
      ("Made", "\(provenance.createdAt), Lethe \(provenance.version)"),
      ("Command", provenance.command),
      ("Numerics", provenance.numerics),
      ("Examples before an item", plan.fewshotCount.map(String.init) ?? "as the task files say"),
      ("Items", plan.limit.map { "the first \($0) of each task" } ?? "all"),
      ("Task files", plan.taskPaths.joined(separator: ", ")),
      ("Metrics", metrics),
      (
        "Axes",
        (series.first?.axes ?? []).map { "\($0.name): \($0.tasks.joined(separator: ", "))" }
          .joined(separator: "; ")
      ),
    ]
  }

  private var metrics: String {
    let names = OrderedSet(
      series.flatMap { $0.scores.flatMap { $0.tasks.map(\.metric) } })
    return names.joined(separator: ", ")
  }

  /// The checkpoints and what identifies them.
  public var checkpointTable: TextTable {
    TextTable(
      title: "Checkpoints",
      columns: [
        .words("run", key: "run"), .words("name", key: "name"), .words("path", key: "path"),
        .words("format", key: "format"), .words("architecture", key: "architecture"),
        .words("stored types", key: "dtypes"), .numbers("parameters", key: "parameter_count"),
        .numbers("size", key: "byte_count"), .words("content hash", key: "content_hash"),
      ],
      rows: series.flatMap { series in
        series.checkpoints.map { checkpoint in
          [
            .init(series.name), .init(checkpoint.name), .init(checkpoint.path),
            .init(checkpoint.format), .init(checkpoint.architecture ?? NumberText.missing),
            .init(checkpoint.dtypes.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")),
            .count(checkpoint.parameterCount),
            .init(NumberText.bytes(checkpoint.byteCount), raw: "\(checkpoint.byteCount)"),
            .init(checkpoint.contentHash ?? NumberText.missing),
          ]
        }
      })
  }
}

extension SeriesResult {
  /// The forgetting of the axes alone, with scores in percent.
  var axisTable: TextTable {
    TextTable(
      title: "Forgetting of each axis over \(drift.count) stages (positive is a loss)",
      columns: [
        .words("axis", key: "axis"), .numbers("base %", key: "initial"),
        .numbers("end %", key: "final"), .numbers("FG %", key: "fg_percent"),
        .numbers("final drop %", key: "final_drop_percent"),
        .numbers("above-chance FG %", key: "chance_corrected_fg_percent"),
        .numbers("BWT points", key: "bwt_points"),
        .numbers("Chaudhry points", key: "chaudhry_forgetting_points"),
      ],
      rows: forgetting.axes.map { axis in
        [
          .init(axis.axis), .percent(axis.initial), .percent(axis.final),
          .fixed(axis.fgPercent, decimals: 1), .fixed(axis.finalDropPercent, decimals: 1),
          .fixed(axis.chanceCorrectedFGPercent, decimals: 1),
          .fixed(axis.bwtPoints, decimals: 1),
          .fixed(axis.chaudhryForgettingPoints, decimals: 1),
        ]
      })
  }

  /// Relative L2 of each part from the base or the stage before, one value for each stage.
  public func driftMatrix(_ reference: DriftReference) -> [(name: String, values: [Double?])] {
    driftGroups(reference).flatMap(\.rows)
  }

  /// ``driftMatrix(_:)`` in percent.
  func driftTable(_ reference: DriftReference) -> TextTable {
    TextTable(
      title: "Relative L2 \(reference.title), %",
      columns: [.words("part", key: "part")] + stageNames.map { .numbers($0, key: $0) },
      rows: driftMatrix(reference).map { row in
        [.init(row.name)] + row.values.map { .percent($0) }
      })
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
            let error = score.standardError.map { " ± \(NumberText.percent($0))" } ?? ""
            return .init("\(NumberText.percent(score.value))\(error)")
          }
      })
  }
}
