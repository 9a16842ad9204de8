public import Core
import Formats
import OrderedCollections

extension Trajectory {
  /// The trajectory as a JSON document.
  ///
  /// `tensors`, `layers`, `components` and `total` hold one object for each part and stage;
  /// `path_length` and `displacement` are those of the way up to that stage, `sign_conflict_fraction`
  /// and `density` those of its update. `along_series` holds all four of the whole way, one object for
  /// each part.
  ///
  /// - Parameter top: How many tensors, layers and components it holds at most, those with the
  ///   largest relative L2 from the base at the last stage; `nil` for all, in the order of the
  ///   model.
  /// - Returns: An object with `schema_version`.
  public func document(top: Int? = nil) -> JSONValue {
    .object([
      "schema_version": .integer(CheckpointComparison.schemaVersion),
      "base": .string(base),
      "stages": .array(stages.map(\.json)),
      "tensors": entries(of: .tensor, top: top),
      "layers": entries(of: .layer, top: top),
      "components": entries(of: .component, top: top),
      "total": entries(of: .model, top: nil),
      "along_series": [
        "tensors": ways(of: .tensor, top: top),
        "layers": ways(of: .layer, top: top),
        "components": ways(of: .component, top: top),
        "total": .object(track(of: .model).members),
      ],
    ])
  }

  private func leadingTracks(by granularity: Granularity, top: Int?) -> [Track] {
    tracks(by: granularity).leading(top) { $0.steps.last?.fromBase }
  }

  private func ways(of granularity: Granularity, top: Int?) -> JSONValue {
    .array(
      leadingTracks(by: granularity, top: top).map { track in
        .object(members(of: track.unit).merging(track.members) { own, _ in own })
      })
  }

  private func entries(of granularity: Granularity, top: Int?) -> JSONValue {
    .array(
      leadingTracks(by: granularity, top: top).flatMap { track in
        let own = members(of: track.unit)
        return zip(stages, track.steps).map { stage, step in
          JSONValue.object(own.merging(step.members(of: track.unit, at: stage)) { own, _ in own })
        }
      })
  }

  /// The members that say which part of the model an object is about.
  private func members(of unit: DriftUnit) -> OrderedDictionary<String, JSONValue> {
    switch unit {
    case .model: return [:]
    case .layer(let key):
      return ["stack": .string(key.stack.rawValue), "layer": .integer(key.layer)]
    case .component(let component): return ["component": .string(component.rawValue)]
    case .tensor(let key):
      let delta = tensor(key)
      return [
        "role": JSONValue(delta?.role?.description),
        "name": JSONValue(delta?.baseName),
        "layer": JSONValue(delta?.role?.layer),
        "component": JSONValue(delta?.role?.component.rawValue),
        "shape": JSONValue.array((delta?.shape ?? []).map(JSONValue.integer)),
      ]
    }
  }

  /// The first comparison of the series that a tensor is in.
  public func tensor(_ key: TensorKey) -> TensorDelta? {
    for stage in stages {
      for comparison in [stage.fromBase, stage.fromPrevious] {
        if let delta = comparison.tensor(key) { return delta }
      }
    }
    return nil
  }
}

extension Trajectory.Stage {
  fileprivate var json: JSONValue {
    [
      "stage": .integer(index),
      "name": .string(name),
      "path": .string(fromBase.other),
      "only_in_base": .array(fromBase.onlyInBase.map(JSONValue.string)),
      "only_in_other": .array(fromBase.onlyInOther.map(JSONValue.string)),
      "resized": .array(fromBase.resized.map(\.json)),
      "renamed": .array(fromBase.renamed.map(\.json)),
      "not_compared": .array(fromBase.notCompared.map(\.json)),
      "tied_copies": .array(fromBase.tiedCopies.map(\.json)),
    ]
  }
}

extension Trajectory {
  /// The keys of the numbers that an object of one part and stage has beside the metrics.
  public static let stageKeys = [
    "stage", "turn_cosine", "sign_conflict_fraction", "density", "path_length", "displacement",
  ]
}

extension Trajectory.Track {
  /// What is known of the whole way.
  fileprivate var members: OrderedDictionary<String, JSONValue> {
    [
      "path_length": JSONValue(pathLength),
      "displacement": JSONValue(displacement),
      "sign_conflict_fraction": JSONValue(signConflictFraction),
      "density": JSONValue(density),
    ]
  }
}

extension Trajectory.Step {
  fileprivate func members(
    of unit: DriftUnit, at stage: Trajectory.Stage
  ) -> OrderedDictionary<String, JSONValue> {
    [
      "stage": .integer(stage.index),
      "from_base": Self.json(fromBase, of: unit, in: stage.fromBase),
      "from_previous": Self.json(fromPrevious, of: unit, in: stage.fromPrevious),
      "turn_cosine": JSONValue(turnCosine),
      "sign_conflict_fraction": JSONValue(signConflictFraction),
      "density": JSONValue(density),
      "path_length": JSONValue(pathLength),
      "displacement": JSONValue(displacement),
    ]
  }
  /// The metrics of a part of the model, and for a tensor those of its heads, experts and tokens.
  private static func json(
    _ metrics: DeltaMetrics?, of unit: DriftUnit, in comparison: CheckpointComparison
  ) -> JSONValue {
    guard let metrics else { return .null }
    guard case .tensor(let key) = unit, let segments = comparison.tensor(key)?.segments else {
      return .object(metrics.members)
    }
    return .object(metrics.members.merging(segments.members) { own, _ in own })
  }
}
