import Core
import Diff

/// What a person reads of the measures beyond the default metrics.
struct MeasureTables {
  let rows: [DeltaRow]

  /// The tables that have rows.
  var all: [TextTable] { [quantiles, spectra, subspaces].filter { !$0.rows.isEmpty } }

  private var quantiles: TextTable {
    let fractions = DeltaQuantiles.fractions
    let shown = [0.5, 0.95, 0.99].compactMap(fractions.firstIndex)
    let error = NumberText.percent(DeltaQuantiles.relativeError)
    return TextTable(
      title: "quantiles of |Δ| and of |Δ| / |base|, within \(error) % of the value",
      columns: [.words("part", key: "part")]
        + shown.map { Self.column("|Δ|", fractions[$0]) }
        + shown.map { Self.column("rel.", fractions[$0]) },
      rows: rows.compactMap { row in
        row.metrics?.quantiles.map { quantiles in
          let values = shown.map { quantiles.absoluteDeltas[$0] }
          let relative = shown.map { quantiles.relativeDeltas[$0] }
          return [TextTable.Cell(row.unit.label)]
            + (values + relative).map { .significant($0, digits: 3) }
        }
      })
  }

  private static func column(_ title: String, _ fraction: Double) -> TextTable.Column {
    .numbers("\(title) \(NumberText.significant(100 * fraction, digits: 2)) %", key: title)
  }

  private var spectra: TextTable {
    TextTable(
      title: "singular values of Δ",
      columns: [
        .words("part", key: "part"), .numbers("known", key: "count"),
        .numbers("largest", key: "spectral_norm"), .numbers("stable rank", key: "stable_rank"),
        .numbers("energy %", key: "energy_captured"), .numbers("rank for 90 %", key: "rank_90"),
        .numbers("effective rank", key: "effective_rank"),
        .numbers("error", key: "error_bound"),
      ],
      rows: rows.compactMap { row in
        row.tensor?.spectrum.map { spectrum in
          let rank = spectrum.rank90.map { "\($0)" } ?? "at least \(spectrum.rank90AtLeast)"
          return [
            TextTable.Cell(row.unit.label), .count(spectrum.singularValues.count),
            .significant(spectrum.spectralNorm), .significant(spectrum.stableRank),
            .percent(spectrum.energyCaptured), TextTable.Cell(rank),
            .significant(spectrum.effectiveRank), .significant(spectrum.errorBound, digits: 2),
          ]
        }
      })
  }

  private var subspaces: TextTable {
    TextTable(
      title: "leading singular vectors: intruders, and angles between both, in degrees",
      columns: [
        .words("part", key: "part"), .numbers("intruders", key: "intruder_count"),
        .numbers("vectors", key: "dimension"), .numbers("left, mean", key: "left_mean_degrees"),
        .numbers("largest", key: "left_max_degrees"),
        .numbers("right, mean", key: "right_mean_degrees"),
        .numbers("largest", key: "right_max_degrees"),
      ],
      rows: rows.compactMap { row in
        guard let tensor = row.tensor, tensor.intruderCount != nil || tensor.rotation != nil else {
          return nil
        }
        let turn = tensor.rotation
        return [
          TextTable.Cell(row.unit.label), .count(tensor.intruderCount), .count(turn?.dimension),
          .significant(turn?.leftMeanDegrees, digits: 3),
          .significant(turn?.leftMaxDegrees, digits: 3),
          .significant(turn?.rightMeanDegrees, digits: 3),
          .significant(turn?.rightMaxDegrees, digits: 3),
        ]
      })
  }
}
