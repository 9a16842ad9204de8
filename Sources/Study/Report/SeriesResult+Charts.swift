import Core
import OrderedCollections
import Statistics

extension SeriesResult {
  /// Accuracy by stage, one line for each axis.
  func accuracyChart(id: String) -> Chart {
    LineChart(
      id: "\(id)-accuracy", title: "What it could do before: score of each axis",
      caption:
        "Mean score of the axis's tasks in %; bars are ± 1 standard error, dashed lines chance.",
      valueTitle: "score, %", lineTitle: "axis", stages: checkpoints.map(\.name),
      lines: axes.map { axis in
        let scores = scores(of: axis)
        return LineChart.Line(
          name: axis.kind == .bias ? "\(axis.name) (stereotype preferred)" : axis.name,
          points: scores.map {
            LineChart.Point(value: $0.value * 100, error: $0.standardError.map { $0 * 100 })
          },
          level: scores.first?.chance.map { $0 * 100 }, marked: nil)
      }
    ).chart()
  }

  /// Accuracy by stage, one line for each new task; `nil` without new tasks.
  func learningChart(id: String) -> Chart? {
    guard !learning.isEmpty else { return nil }
    return LineChart(
      id: "\(id)-learning", title: "What it was taught: score of each new task",
      caption: "A ring marks the stage that trained the task; bars are ± 1 standard error.",
      valueTitle: "score, %", lineTitle: "new task", stages: checkpoints.map(\.name),
      lines: learning.map { learning in
        LineChart.Line(
          name: learning.task,
          points: scores(of: learning.task).map {
            LineChart.Point(value: $0.value * 100, error: $0.standardError.map { $0 * 100 })
          },
          level: nil, marked: learning.stage)
      }
    ).chart()
  }

  /// Relative L2 by part and stage, from the base and from the stage before.
  func driftCharts(id: String) -> [Chart] {
    let largest =
      DriftReference.allCases.flatMap { reference in
        drift.flatMap { $0.values(reference).values.compactMap(\.relativeL2) }
      }.max() ?? 0
    return DriftReference.allCases.map { reference in
      HeatMapChart(
        id: "\(id)-\(reference.rawValue)", title: "Distance \(reference.title)",
        caption:
          "Relative L2 in %: the length of the change over the length of the reference's weights. "
          + "Both maps share one colour scale.",
        columns: stageNames, groups: driftGroups(reference), largest: largest
      ).chart()
    }
  }

  /// The rows of a drift map: the model, its layers, its components.
  func driftGroups(_ reference: DriftReference) -> [HeatMapChart.Group] {
    let places = drift.first.map { Array($0.values(reference).keys) } ?? []
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

  /// Drift against forgetting, for each axis one chart from the base and one stage by stage.
  func scatterCharts(id: String) -> [Chart] {
    axes.enumerated().flatMap { index, axis -> [Chart] in
      guard let result = forgetting.axes.first(where: { $0.axis == axis.name }) else { return [] }
      return DriftReference.allCases.map { reference in
        ScatterChart(
          id: "\(id)-\(reference.rawValue)-\(index)",
          title: reference == .base ? axis.name : "\(axis.name), stage by stage",
          caption: scatterCaption(axis.name, reference),
          xTitle: "relative L2 \(reference.title), %",
          yTitle: reference == .base ? "drop from the base, %" : "drop in this stage, % of base",
          points: points(result, reference)
        ).chart()
      }
    }
  }

  private func points(
    _ result: Forgetting, _ reference: DriftReference
  ) -> [ScatterChart.Point] {
    zip(drift, result.stages).compactMap { drift, stage in
      let drop = reference == .base ? stage.dropPercent : stage.stepDropPercent
      guard let distance = drift.values(reference)[.model]?.relativeL2, let drop else {
        return nil
      }
      return ScatterChart.Point(
        stage: stage.stage, name: drift.stage, x: distance * 100, y: drop)
    }
  }

  private func scatterCaption(_ axis: String, _ reference: DriftReference) -> String {
    let association = associations.ofModel.first {
      $0.axis == axis && $0.measure == .relativeL2 && $0.reference == reference
    }
    guard let association else { return "" }
    guard association.allowsClaim, let test = association.spearman else {
      return "n = \(association.stageCount): no coefficient is claimed."
    }
    return "n = \(association.stageCount) stages, Spearman "
      + "\(NumberText.fixed(test.coefficient, decimals: 2)), p = \(probability(test.pValue)) "
      + "(\(probability(association.spearmanAdjustedPValue)) after correction)"
  }
}
