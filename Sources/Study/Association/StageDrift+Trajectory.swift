import Diff
import Formats
import OrderedCollections

extension StageDrift {
  /// Takes over what Diff measured of one stage.
  init(_ stage: Trajectory.Stage) {
    self.init(
      stage: stage.name, fromBase: Self.parts(stage.fromBase),
      fromPrevious: Self.parts(stage.fromPrevious), turnCosine: stage.turns[.model]?.cosine,
      notes: Self.notes(stage.fromBase)
        + Self.notes(stage.fromPrevious).map { "from the stage before: \($0)" })
  }

  private static func parts(
    _ comparison: CheckpointComparison
  ) -> OrderedDictionary<DriftPlace, DriftValues> {
    var parts: OrderedDictionary<DriftPlace, DriftValues> = [
      .model: DriftValues(comparison.total)
    ]
    let stacks = Set(comparison.layers.map(\.key.stack))
    for layer in comparison.layers {
      let number = "\(layer.key.layer)"
      let name = stacks.count > 1 ? "\(layer.key.stack.rawValue) \(number)" : number
      parts[DriftPlace(.layer, name)] = DriftValues(layer.metrics)
    }
    for component in comparison.components {
      parts[DriftPlace(.component, component.component.rawValue)] = DriftValues(component.metrics)
    }
    return parts
  }

  private static func notes(_ comparison: CheckpointComparison) -> [String] {
    let missing = [
      ("only in the base, not compared", comparison.onlyInBase),
      ("not in the base, not compared", comparison.onlyInOther),
      ("of another size, compared as far as both go", comparison.resized.map(\.base.name)),
    ]
    return missing.filter { !$0.1.isEmpty }.map { what, names in
      let shown = names.prefix(3).joined(separator: ", ")
      return "\(names.count) tensor\(names.count == 1 ? "" : "s") \(what): \(shown)"
        + (names.count > 3 ? ", …" : "")
    }
  }
}

extension DriftValues {
  /// Takes over what Diff measured of one part; what is infinite or not a number does not exist.
  init(_ metrics: DeltaMetrics) {
    self.init(
      elementCount: metrics.elementCount, l2: metrics.l2Delta,
      relativeL2: metrics.relativeL2.flatMap { $0.isFinite ? $0 : nil },
      cosine: metrics.cosine.flatMap { $0.isFinite ? $0 : nil },
      identicalFraction: metrics.identicalFraction)
  }
}
