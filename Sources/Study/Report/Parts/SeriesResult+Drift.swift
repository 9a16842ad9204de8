public import Core
import OrderedCollections

extension SeriesResult {
  /// Maps of relative L2: by part, then by component of every layer, each from the base and from the
  /// stage before.
  ///
  /// - Parameters:
  ///   - id: What the charts' names begin with.
  ///   - largestCellCount: So many cells the maps of layers may have; what does not fit is in the
  ///     CSV file only.
  /// - Returns: The charts.
  func driftCharts(id: String, largestCellCount: Int) -> [Chart] {
    let largest =
      DriftReference.allCases.flatMap { reference in
        drift.flatMap { $0.values(reference).values.compactMap(\.relativeL2) }
      }.max() ?? 0
    let byPart = DriftReference.allCases.map { reference in
      HeatMapChart(
        id: "\(id)-\(reference.fileName)", title: "Distance \(reference.title)",
        caption:
          "Relative L2 in %: the length of the change over the length of the reference's weights. "
          + "Both maps share one colour scale.",
        groupTitle: "level", columns: stageNames, groups: driftGroups(reference), largest: largest
      ).chart()
    }
    return byPart + matrixCharts(id: id, largestCellCount: largestCellCount)
  }

  /// One map for each reference: layers by components, stage after stage.
  private func matrixCharts(id: String, largestCellCount: Int) -> [Chart] {
    let matrices = DriftReference.allCases.map { reference in
      drift.map { $0.detail.matrix(reference) }
    }
    let largest = matrices.joined().flatMap { $0.relativeL2.joined().compactMap(\.self) }.max() ?? 0
    var cellCount = 0
    return zip(DriftReference.allCases, matrices).compactMap { reference, matrices in
      cellCount += matrices.reduce(0) { $0 + $1.valueCount }
      // A stage that could not be read has no matrix.
      guard let first = matrices.first(where: { $0.valueCount > 0 }),
        cellCount <= largestCellCount
      else { return nil }
      return HeatMapChart(
        id: "\(id)-layers-\(reference.fileName)",
        title: "Layer by component, \(reference.title)",
        caption: "Relative L2 in % of every component of every layer; the value is in the cell's "
          + "tip and in the table. Tensors outside the layers are in the maps above.",
        groupTitle: "stage", columns: first.components,
        groups: zip(stageNames, matrices).map { stage, matrix in
          .init(
            title: stage,
            rows: zip(matrix.layers, matrix.relativeL2).map {
              (name: DriftPlace(.layer, $0).title, values: $1)
            })
        }, largest: largest, hasDigits: false
      ).chart()
    }
  }

  /// The tokens that moved most between base and last stage.
  var tokenTables: [TextTable] {
    (drift.last { !$0.detail.tokens.isEmpty }?.detail.tokens ?? []).map { moved in
      TextTable(
        title: "Tokens that moved most from base to \(stageNames.last ?? "the end"), in "
          + moved.tensor,
        columns: [
          .numbers("id", key: "id"), .words("token", key: "text"),
          .numbers("L2 of the change", key: "l2_delta"),
          .numbers("relative L2 %", key: "relative_l2"), .numbers("cosine", key: "cosine"),
        ],
        rows: moved.tokens.prefix(15).map { token in
          [
            .count(token.id), .init(Self.visible(token.text), raw: token.text ?? ""),
            .significant(token.l2), .percent(token.relativeL2),
            .fixed(token.cosine, decimals: 3),
          ]
        })
    }
  }

  /// A token's text with its spaces and control characters to be seen.
  private static func visible(_ text: String?) -> String {
    guard let text else { return NumberText.missing }
    return text.escapingControls.split(separator: " ", omittingEmptySubsequences: false)
      .joined(separator: "␣")
  }

  /// The rows of a drift map: the model, its layers, its components.
  func driftGroups(_ reference: DriftReference) -> [HeatMapChart.Group] {
    // A stage that could not be read has none.
    let places = OrderedSet(drift.flatMap { $0.values(reference).keys })
    return DriftPlace.Level.allCases.compactMap { level in
      let rows = places.filter { $0.level == level }.map { place in
        (name: place.title, values: drift.map { $0.values(reference)[place]?.relativeL2 })
      }
      guard !rows.isEmpty else { return nil }
      let title =
        switch level {
        case .model: "Model"
        case .layer: "By layer, first to last"
        case .component: "By component, all layers"
        }
      return HeatMapChart.Group(title: title, rows: rows)
    }
  }

  /// Relative L2 of each part from the base or the stage before, one value for each stage.
  public func driftMatrix(_ reference: DriftReference) -> [(name: String, values: [Double?])] {
    driftGroups(reference).flatMap(\.rows)
  }

  /// Tensors that were not compared, stage by stage.
  var driftNotes: [String] {
    drift.flatMap { stage in stage.notes.map { "\(stage.stage): \($0)" } }
  }
}

extension DriftReference {
  /// The reference in the name of a file.
  var fileName: String {
    switch self {
    case .base: "from-base"
    case .previous: "from-previous"
    }
  }
}

extension StudyResult {
  /// The drift of every component of every layer after every stage.
  public var driftMatrixTable: TextTable {
    TextTable(
      columns: [
        .words("run", key: "run"), .numbers("stage", key: "stage"),
        .words("checkpoint", key: "checkpoint"), .words("from", key: "reference"),
        .words("layer", key: "layer"), .words("component", key: "component"),
        .numbers("relative L2", key: "relative_l2"),
      ],
      rows: series.flatMap { series in
        series.drift.enumerated().flatMap { index, stage in
          DriftReference.allCases.flatMap { reference in
            Self.rows(stage.detail.matrix(reference)).map { cells in
              [
                .init(series.name), .count(index + 1), .init(stage.stage),
                .init(reference.rawValue),
              ] + cells
            }
          }
        }
      })
  }

  private static func rows(_ matrix: DriftMatrix) -> [[TextTable.Cell]] {
    zip(matrix.layers, matrix.relativeL2).flatMap { layer, values in
      zip(matrix.components, values).compactMap { component, value in
        value.map { [.init(layer), .init(component), .significant($0)] }
      }
    }
  }
}
