import Diff
import Formats
import OrderedCollections

extension StageDrift {
  /// Takes over what Diff measured of a series, stage by stage.
  static func stages(of trajectory: Trajectory) -> [StageDrift] {
    var lengths: [DriftUnit: [Double?]] = [:]
    for granularity in [Granularity.model, .layer, .component] {
      for track in trajectory.tracks(by: granularity) {
        lengths[track.unit] = track.steps.map(\.pathLength)
      }
    }
    return trajectory.stages.enumerated().map { index, stage in
      StageDrift(stage, pathLengths: lengths.compactMapValues { $0[index] })
    }
  }

  private init(_ stage: Trajectory.Stage, pathLengths: [DriftUnit: Double]) {
    self.init(
      stage: stage.name,
      fromBase: Self.parts(stage.fromBase) { unit, values in
        values.pathLength = pathLengths[unit].flatMap { $0.isFinite ? $0 : nil }
      },
      fromPrevious: Self.parts(stage.fromPrevious) { unit, values in
        values.turnCosine = stage.turns[unit]?.cosine
        values.signConflictFraction = stage.turns[unit]?.signConflictFraction
      },
      turnCosine: stage.turns[.model]?.cosine,
      notes: Self.notes(stage.fromBase)
        + Self.notes(stage.fromPrevious).map { "from the stage before: \($0)" })
    detail = DriftDetail(stage)
  }

  /// The parts of the model, each with what the series adds to its distance.
  private static func parts(
    _ comparison: CheckpointComparison, add: (DriftUnit, inout DriftValues) -> Void
  ) -> OrderedDictionary<DriftPlace, DriftValues> {
    var parts: OrderedDictionary<DriftPlace, DriftValues> = [:]
    func take(_ place: DriftPlace, _ unit: DriftUnit, _ metrics: DeltaMetrics) {
      var values = DriftValues(metrics)
      add(unit, &values)
      parts[place] = values
    }
    take(.model, .model, comparison.total)
    let stacks = Set(comparison.layers.map(\.key.stack))
    for layer in comparison.layers {
      let number = "\(layer.key.layer)"
      let name = stacks.count > 1 ? "\(layer.key.stack.rawValue) \(number)" : number
      take(DriftPlace(.layer, name), .layer(layer.key), layer.metrics)
    }
    for delta in comparison.components {
      take(
        DriftPlace(.component, delta.component.rawValue), .component(delta.component),
        delta.metrics)
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
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    self.init(
      elementCount: metrics.elementCount, l2: metrics.l2Delta,
      relativeL2: finite(metrics.relativeL2), cosine: finite(metrics.cosine),
      identicalFraction: metrics.identicalFraction)
    maxAbs = finite(metrics.maxAbs)
    meanDelta = finite(metrics.meanDelta)
    rmsDelta = finite(metrics.rmsDelta)
    unchangedFraction = metrics.unchangedFraction
    signFlipFraction = metrics.signFlipFraction
    noiseFloor = finite(metrics.noiseFloor)
  }
}
