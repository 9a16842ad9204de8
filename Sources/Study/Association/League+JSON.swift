public import Core

extension League {
  /// The league as the `league` of a `study` document.
  ///
  /// All entries of the scope that has most to say are in it, and of each series alone those of the whole
  /// model and of answers; ``table`` has all.
  public var json: JSONValue {
    let widest = widestScope
    let shown = entries.filter { entry in
      entry.scope == widest
        || [DriftPlace.Level.model.rawValue, StageMeasure.outputLevel].contains(entry.measure.level)
    }
    return [
      "series_count": .integer(seriesCount),
      "stage_count": .integer(stageCount),
      "entry_count": .integer(entries.count),
      "test_count": .integer(testCount),
      "permutation_count": .integer(permutationCount),
      "is_exact": .bool(seed == nil),
      "seed": .optional(seed.map { Int(clamping: $0) }),
      "correction": "single-step max-T over all tests",
      "findings": .array(findings.map(\.json)),
      "entries": .array(shown.map(\.json)),
    ]
  }
}

extension LeagueEntry {
  fileprivate var json: JSONValue {
    [
      "scope": .string(scope.title),
      "is_pooled": .bool(scope == .pooled),
      "axis": .string(axis),
      "level": .string(measure.level),
      "name": .string(measure.name),
      "measure": .string(measure.key),
      "reference": .string(measure.reference.rawValue),
      "n": .integer(stageCount),
      "series_count": .integer(seriesCount),
      "spearman": Self.json(spearman),
      "pearson": Self.json(pearson),
      "smallest_p": .optional(smallestPValue),
      "shared_order_p": .optional(sharedOrderPValue),
      "partial_spearman": .optional(partial),
      "partial_spearman_p": .optional(partialPValue),
      "measure_with_stage": .optional(measureWithStage),
      "drop_with_stage": .optional(dropWithStage),
      "confounded_by_stage": .bool(isConfoundedByStage),
      "claim_allowed": .bool(allowsClaim),
    ]
  }

  private static func json(_ coefficient: Coefficient?) -> JSONValue {
    guard let coefficient else { return .null }
    let interval = coefficient.estimate.interval
    return [
      "coefficient": .number(coefficient.value),
      "interval_low": .optional(interval?.lowerBound),
      "interval_high": .optional(interval?.upperBound),
      "p": .number(coefficient.pValue),
      "p_adjusted": .number(coefficient.adjustedPValue),
      "p_holm": .number(coefficient.holmPValue),
    ]
  }
}
