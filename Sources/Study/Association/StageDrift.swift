public import OrderedCollections

/// A part of a model that drift is measured of.
public struct DriftPlace: Hashable, Sendable {
  /// How large the part is.
  public enum Level: String, Sendable, CaseIterable {
    /// All tensors.
    case model
    /// The tensors of one transformer block.
    case layer
    /// The tensors with one function, such as `attn_q`, of all layers.
    case component
  }

  /// How large the part is.
  public var level: Level
  /// The part's name among those of its level, such as `3` or `attn_q`.
  public var name: String

  /// Names a part.
  public init(_ level: Level, _ name: String) {
    self.level = level
    self.name = name
  }

  /// The whole model.
  public static let model = DriftPlace(.model, "model")

  /// The name as a reader sees it.
  public var title: String {
    switch level {
    case .model: "whole model"
    case .layer: "layer \(name)"
    case .component: name
    }
  }
}

/// The drift of one stage, by part of the model.
public struct StageDrift: Sendable, Equatable {
  /// The stage's name.
  public var stage: String
  /// The distance from the base.
  public var fromBase: OrderedDictionary<DriftPlace, DriftValues>
  /// The distance from the stage before.
  public var fromPrevious: OrderedDictionary<DriftPlace, DriftValues>
  /// The cosine between this stage's update and the one before, of the whole model; `nil` for the
  /// first stage.
  public var turnCosine: Double?
  /// What could not be compared.
  public var notes: [String]
  /// What the drift is made of; empty where it was not measured.
  public var detail = DriftDetail()

  /// Creates a stage's drift.
  public init(
    stage: String, fromBase: OrderedDictionary<DriftPlace, DriftValues>,
    fromPrevious: OrderedDictionary<DriftPlace, DriftValues>, turnCosine: Double? = nil,
    notes: [String] = []
  ) {
    self.stage = stage
    self.fromBase = fromBase
    self.fromPrevious = fromPrevious
    self.turnCosine = turnCosine
    self.notes = notes
  }

  /// The distance from one of the two references.
  public func values(
    _ reference: DriftReference
  ) -> OrderedDictionary<DriftPlace, DriftValues> {
    switch reference {
    case .base: fromBase
    case .previous: fromPrevious
    }
  }
}

/// What a distance is measured from.
public enum DriftReference: String, Sendable, CaseIterable {
  /// The checkpoint before stage 1.
  case base = "from_base"
  /// The checkpoint before this stage.
  case previous = "from_previous"

  /// The reference as a reader sees it.
  public var title: String {
    switch self {
    case .base: "from the base"
    case .previous: "from the stage before"
    }
  }
}
