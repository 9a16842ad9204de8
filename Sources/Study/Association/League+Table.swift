public import Core

extension League {
  /// All that was looked at, in the order of the league, unrounded as CSV.
  public var table: TextTable { table(of: entries) }

  /// Entries with every column.
  public func table(of entries: [LeagueEntry]) -> TextTable {
    TextTable(
      title: "Drift and answers against forgetting (n stages; p by rearranging stages)",
      columns: [
        .words("series", key: "scope"), .words("axis", key: "axis"), .words("level", key: "level"),
        .words("part", key: "name"), .words("measure", key: "measure"),
        .words("from", key: "reference"), .numbers("n", key: "n"),
        .numbers("series", key: "series_count"),
      ] + Self.coefficientColumns("Spearman", "spearman")
        + Self.coefficientColumns("Pearson", "pearson") + [
          .numbers("smallest p", key: "smallest_p"),
          .numbers("p, shared order", key: "shared_order_p"),
          .numbers("without stage number", key: "partial_spearman"),
          .numbers("p", key: "partial_spearman_p"),
          .numbers("measure with stage", key: "measure_with_stage"),
          .numbers("drop with stage", key: "drop_with_stage"),
          .words("follows stage", key: "confounded_by_stage"),
        ],
      rows: entries.map(\.cells))
  }

  private static func coefficientColumns(_ title: String, _ key: String) -> [TextTable.Column] {
    [
      .numbers(title, key: key), .numbers("from", key: "\(key)_low"),
      .numbers("to", key: "\(key)_high"), .numbers("p", key: "\(key)_p"),
      .numbers("p corrected", key: "\(key)_p_adjusted"), .numbers("p Holm", key: "\(key)_p_holm"),
    ]
  }

  /// The first entries of the scope that has most to say, with the columns that a reader needs.
  public func topTable(_ count: Int) -> TextTable {
    guard let scope = widestScope else { return readerTable(of: []) }
    return readerTable(of: Array(entries(of: scope).prefix(count)))
  }

  /// Which measure goes with the forgetting of all abilities together: those of the whole model and of
  /// the answers to all of them, in the scope that has most to say.
  public var measureTable: TextTable {
    let hasAll = entries.contains { $0.axis == Self.allAbilities }
    let levels = [DriftPlace.Level.model.rawValue, StageMeasure.outputLevel]
    let shown = entries.filter { entry in
      entry.scope == widestScope && levels.contains(entry.measure.level)
        && (!hasAll || entry.axis == Self.allAbilities)
        && (!hasAll || entry.measure.level == levels[0] || entry.measure.name == Self.allAbilities)
    }
    return readerTable(of: shown)
  }

  /// Entries with the columns that a reader needs.
  public func readerTable(of entries: [LeagueEntry]) -> TextTable {
    TextTable(
      title: "What goes with forgetting (rank correlation over stages, 95 % interval)",
      columns: [
        .words("measure", key: "measure"), .words("of", key: "name"),
        .words("from", key: "reference"), .words("forgetting of", key: "axis"),
        .numbers("n", key: "n"), .numbers("series", key: "series_count"),
        .numbers("Spearman", key: "spearman"), .words("interval", key: "spearman_interval"),
        .numbers("p", key: "spearman_p"), .numbers("p corrected", key: "spearman_p_adjusted"),
        .numbers("without stage number", key: "partial_spearman"),
        .numbers("Pearson", key: "pearson"),
      ],
      rows: entries.map(\.readerCells))
  }
}

extension LeagueEntry {
  fileprivate var cells: [TextTable.Cell] {
    [
      .init(scope.title), .init(axis), .init(measure.level), .init(measure.name),
      .init(measure.measureTitle, raw: measure.key),
      .init(measure.reference.title, raw: measure.reference.rawValue), .count(stageCount),
      .count(seriesCount),
    ] + Self.cells(spearman) + Self.cells(pearson) + [
      Self.cell(smallestPValue), Self.cell(sharedOrderPValue),
      .fixed(partial, decimals: 2), Self.cell(partialPValue),
      .fixed(measureWithStage, decimals: 2), .fixed(dropWithStage, decimals: 2),
      .init(isConfoundedByStage ? "both" : "", raw: isConfoundedByStage ? "true" : "false"),
    ]
  }

  private static func cells(_ coefficient: Coefficient?) -> [TextTable.Cell] {
    let interval = coefficient?.estimate.interval
    return [
      .fixed(coefficient?.value, decimals: 2), .fixed(interval?.lowerBound, decimals: 2),
      .fixed(interval?.upperBound, decimals: 2), cell(coefficient?.pValue),
      cell(coefficient?.adjustedPValue), cell(coefficient?.holmPValue),
    ]
  }

  fileprivate var readerCells: [TextTable.Cell] {
    [
      .init(measure.measureTitle, raw: measure.key), .init(measure.placeTitle, raw: measure.name),
      .init(measure.reference.title, raw: measure.reference.rawValue), .init(axis),
      .count(stageCount), .count(seriesCount), .fixed(spearman?.value, decimals: 2),
      .init(spearman?.intervalText ?? NumberText.missing), Self.cell(spearman?.pValue),
      Self.cell(spearman?.adjustedPValue), .fixed(partial, decimals: 2),
      .fixed(pearson?.value, decimals: 2),
    ]
  }

  private static func cell(_ pValue: Double?) -> TextTable.Cell {
    TextTable.Cell(probability(pValue), raw: pValue.map { "\($0)" } ?? "")
  }
}

extension LeagueEntry.Coefficient {
  /// The interval as a reader sees it, such as `0.41 to 0.83`.
  var intervalText: String? {
    estimate.interval.map {
      NumberText.fixed($0.lowerBound, decimals: 2) + " to "
        + NumberText.fixed($0.upperBound, decimals: 2)
    }
  }
}
