/// How far one part of a model moved.
///
/// What does not exist is `nil`: a measure that was not taken, and one that is infinite or not a
/// number.
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
  /// The largest |other − base|.
  public var maxAbs: Double?
  /// The mean of other − base.
  public var meanDelta: Double?
  /// The root of the mean square of other − base.
  public var rmsDelta: Double?
  /// The share of parameters that moved by at most 10⁻⁵.
  public var unchangedFraction: Double?
  /// The share of parameters that are above zero in one and below in the other.
  public var signFlipFraction: Double?
  /// The ``l2`` that rounding alone would give; `nil` where it is not known.
  public var noiseFloor: Double?
  /// The length of the way from the base: the sum of ``l2`` of every stage up to this one; `nil` in a
  /// distance from the stage before.
  public var pathLength: Double?
  /// The cosine between this stage's update and the one before; `nil` for the first stage and in a
  /// distance from the base.
  public var turnCosine: Double?
  /// The share of parameters that this stage moved against the stage before, among those that both
  /// moved; `nil` for the first stage and in a distance from the base.
  public var signConflictFraction: Double?

  /// Creates a measurement of what always exists.
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
