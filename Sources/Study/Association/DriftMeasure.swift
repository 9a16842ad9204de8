/// One way to say how far weights moved; for all, more is further.
public enum DriftMeasure: String, Sendable, CaseIterable {
  /// The length of the change relative to the length of the weights.
  case relativeL2 = "relative_l2"
  /// The length of the change; from the base it is the displacement.
  case l2
  /// The root mean square of the changes.
  case rmsDelta = "rms_delta"
  /// The largest change.
  case maxAbs = "max_abs"
  /// The size of the mean change: a shift of all parameters in one direction.
  case meanShift = "mean_shift"
  /// 1 − cosine: the change of direction alone.
  case cosineDistance = "cosine_distance"
  /// The share of parameters whose stored value is another one; of one stage it is the density of its
  /// update.
  case changedFraction = "changed_fraction"
  /// The share of parameters that moved by more than 10⁻⁵.
  case movedFraction = "moved_fraction"
  /// The share of parameters that changed their sign.
  case signFlipFraction = "sign_flip_fraction"
  /// How many times the length that rounding alone would give.
  case noiseFloorRatio = "noise_floor_ratio"
  /// The length of the way from the base, stage by stage.
  case pathLength = "path_length"
  /// 1 − the cosine between this stage's update and the one before.
  case turn
  /// The share of parameters that this stage moved against the stage before.
  case signConflictFraction = "sign_conflict_fraction"

  /// What the measure can be taken from: a way is from the base, a turn from the stage before.
  public var references: [DriftReference] {
    switch self {
    case .pathLength: [.base]
    case .turn, .signConflictFraction: [.previous]
    default: DriftReference.allCases
    }
  }

  /// The measure's value; `nil` where it does not exist, as for weights that are not numbers.
  public func value(_ values: DriftValues) -> Double? {
    let value =
      switch self {
      case .relativeL2: values.relativeL2
      case .l2: values.l2
      case .rmsDelta: values.rmsDelta
      case .maxAbs: values.maxAbs
      case .meanShift: values.meanDelta.map(abs)
      case .cosineDistance: values.cosine.map { max(0, 1 - $0) }
      case .changedFraction: 1 - values.identicalFraction
      case .movedFraction: values.unchangedFraction.map { 1 - $0 }
      case .signFlipFraction: values.signFlipFraction
      case .noiseFloorRatio: values.noiseFloor.flatMap { $0 > 0 ? values.l2 / $0 : nil }
      case .pathLength: values.pathLength
      case .turn: values.turnCosine.map { 1 - $0 }
      case .signConflictFraction: values.signConflictFraction
      }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The measure as a reader sees it.
  public var title: String {
    switch self {
    case .relativeL2: "relative L2"
    case .l2: "L2"
    case .rmsDelta: "RMS change"
    case .maxAbs: "largest change"
    case .meanShift: "|mean change|"
    case .cosineDistance: "1 − cosine"
    case .changedFraction: "share changed"
    case .movedFraction: "share moved > 1e-5"
    case .signFlipFraction: "share of sign flips"
    case .noiseFloorRatio: "times the noise floor"
    case .pathLength: "path length"
    case .turn: "turn, 1 − cosine"
    case .signConflictFraction: "sign conflict"
    }
  }
}
