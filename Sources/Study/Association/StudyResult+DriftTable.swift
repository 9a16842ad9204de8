public import Core
import OrderedCollections

extension StudyResult {
  /// The drift of every part of the model after every stage, from base and stage before.
  public var driftTable: TextTable {
    TextTable(
      title: "Drift",
      columns: [
        .words("run", key: "run"), .numbers("stage", key: "stage"),
        .words("checkpoint", key: "checkpoint"), .words("from", key: "reference"),
        .words("level", key: "level"), .words("part", key: "name"),
        .numbers("relative L2", key: "relative_l2"), .numbers("L2", key: "l2_delta"),
        .numbers("cosine", key: "cosine"), .numbers("identical", key: "identical_fraction"),
        .numbers("parameters", key: "element_count"),
        .numbers("RMS change", key: "rms_delta"), .numbers("largest change", key: "max_abs"),
        .numbers("mean change", key: "mean_delta"),
        .numbers("unchanged", key: "unchanged_fraction"),
        .numbers("sign flips", key: "sign_flip_fraction"),
        .numbers("noise floor", key: "noise_floor"), .numbers("path length", key: "path_length"),
        .numbers("turn cosine", key: "turn_cosine"),
        .numbers("sign conflict", key: "sign_conflict_fraction"),
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
          ] + values.cells
        }
      }
    }
  }
}

extension DriftValues {
  fileprivate var cells: [TextTable.Cell] {
    [
      .significant(relativeL2), .significant(l2), .significant(cosine, digits: 6),
      .percent(identicalFraction), .count(elementCount), .significant(rmsDelta),
      .significant(maxAbs), .significant(meanDelta), .percent(unchangedFraction),
      .percent(signFlipFraction), .significant(noiseFloor), .significant(pathLength),
      .significant(turnCosine), .percent(signConflictFraction),
    ]
  }
}
