import Formats
import OrderedCollections

extension Trajectory {
  /// What one stage did to one part of the model.
  public struct Step: Sendable, Equatable {
    /// The drift since the base.
    public var fromBase: DeltaMetrics?
    /// The drift since the stage before.
    public var fromPrevious: DeltaMetrics?
    /// How this update relates to the one before it.
    public var turn: TurnMetrics?
    /// The cosine between this update and the one before it.
    public var turnCosine: Double? { turn?.cosine }
    /// The share of parameters that this update moved against the one before it, among those that
    /// both moved.
    public var signConflictFraction: Double? { turn?.signConflictFraction }
    /// The share of parameters that this update changed: those whose stored values differ.
    public var density: Double? { fromPrevious.map { 1 - $0.identicalFraction } }
    /// The length of the way so far: the sum of `l2Delta` of every update up to this one.
    public var pathLength: Double?
    /// The straight distance from the base, `l2Delta` of ``fromBase``.
    public var displacement: Double? { fromBase?.l2Delta }
  }

  /// The way of one part of the model through the series.
  public struct Track: Sendable, Equatable {
    /// The part of the model.
    public var unit: DriftUnit
    /// What each stage did to it.
    public var steps: [Step]

    /// The length of the whole way.
    public var pathLength: Double? { steps.last?.pathLength }
    /// The straight distance from the base to the last checkpoint.
    public var displacement: Double? { steps.last?.displacement }

    /// The share of opposite directions among all parameters and pairs of successive updates in which
    /// both moved; `nil` where there are none.
    public var signConflictFraction: Double? {
      let turns = steps.compactMap(\.turn)
      let moved = turns.reduce(0) { $0 + $1.movedCount }
      guard moved > 0 else { return nil }
      return Double(turns.reduce(0) { $0 + $1.conflictCount }) / Double(moved)
    }

    /// The mean share of parameters that an update changed, each update weighted with how many
    /// parameters it has; `nil` where there are none.
    public var density: Double? {
      let updates = steps.compactMap(\.fromPrevious)
      let count = updates.reduce(0) { $0 + $1.elementCount }
      guard count > 0 else { return nil }
      let changed = updates.reduce(0.0) {
        $0 + (1 - $1.identicalFraction) * Double($1.elementCount)
      }
      return changed / Double(count)
    }
  }

  /// The ways of all parts of the model at one level, in the order of the model.
  public func tracks(by granularity: Granularity) -> [Track] {
    units(by: granularity).map(track(of:))
  }

  /// The ways of the layers and, where they stand in the model, the components outside the layers.
  ///
  /// Together these hold every tensor that has a role once.
  public func tracksFromInputToOutput() -> [Track] {
    let places = stages.flatMap { stage in
      stage.fromBase.unitsFromInputToOutput + stage.fromPrevious.unitsFromInputToOutput
    }
    return OrderedSet(places).map(track(of:))
  }

  /// The way of one part of the model.
  public func track(of unit: DriftUnit) -> Track {
    var path: Double? = 0
    let steps = stages.map { stage in
      let update = stage.fromPrevious[unit]
      path = update.flatMap { update in path.map { $0 + update.l2Delta } }
      return Step(
        fromBase: stage.fromBase[unit], fromPrevious: update, turn: stage.turns[unit],
        pathLength: path)
    }
    return Track(unit: unit, steps: steps)
  }

  private func units(by granularity: Granularity) -> OrderedSet<DriftUnit> {
    guard granularity != .model else { return [.model] }
    let comparisons = stages.flatMap { [$0.fromBase, $0.fromPrevious] }
    return OrderedSet(comparisons.flatMap { $0.units(by: granularity) })
  }
}

extension CheckpointComparison {
  /// The parts of the model that were compared at one level, in the order of the model.
  public func units(by granularity: Granularity) -> [DriftUnit] {
    switch granularity {
    case .model: [.model]
    case .layer: layers.map { .layer($0.key) }
    case .component: components.map { .component($0.component) }
    case .tensor: tensors.map { .tensor($0.key) }
    }
  }
}

extension CheckpointComparison {
  /// The layers and, where they stand in the model, the components outside the layers.
  ///
  /// Together these hold every tensor that has a role once.
  public var unitsFromInputToOutput: [DriftUnit] {
    Array(OrderedSet(tensors.compactMap(\.key.place)))
  }
}

extension TensorKey {
  /// The layer that a tensor is in, or its component outside the layers; `nil` without a role.
  var place: DriftUnit? {
    guard case .role(let role) = self else { return nil }
    return layerKey.map(DriftUnit.layer) ?? .component(role.component)
  }
}
