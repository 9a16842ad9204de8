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

/// How far one part of a model moved.
public struct DriftValues: Sendable, Equatable {
  /// How many parameters it has.
  public var elementCount: Int
  /// The Euclidean length of other − base.
  public var l2: Double
  /// ``l2`` relative to the length of the base; `nil` where that is 0.
  public var relativeL2: Double?
  /// The cosine between base and other; `nil` where one of them is 0.
  public var cosine: Double?
  /// The share of parameters whose values are identical.
  public var identicalFraction: Double

  /// Creates a measurement.
  public init(
    elementCount: Int, l2: Double, relativeL2: Double?, cosine: Double?, identicalFraction: Double
  ) {
    self.elementCount = elementCount
    self.l2 = l2
    self.relativeL2 = relativeL2
    self.cosine = cosine
    self.identicalFraction = identicalFraction
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

/// One way to say how far weights moved.
public enum DriftMeasure: String, Sendable, CaseIterable {
  /// The length of the change relative to the length of the weights.
  case relativeL2 = "relative_l2"
  /// The length of the change.
  case l2
  /// 1 − cosine: the change of direction alone.
  case cosineDistance = "cosine_distance"

  /// The measure's value; `nil` where it does not exist, as for weights that are not numbers.
  public func value(_ values: DriftValues) -> Double? {
    let value =
      switch self {
      case .relativeL2: values.relativeL2
      case .l2: values.l2
      case .cosineDistance: values.cosine.map { max(0, 1 - $0) }
      }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The measure as a reader sees it.
  public var title: String {
    switch self {
    case .relativeL2: "relative L2"
    case .l2: "L2"
    case .cosineDistance: "1 − cosine"
    }
  }
}
