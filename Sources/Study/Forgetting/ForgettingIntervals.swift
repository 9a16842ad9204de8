/// How far resampling the items lets the values of a ``Forgetting`` go: 95 % percentile intervals of a
/// paired bootstrap, in which every checkpoint is asked the same drawn items.
public struct ForgettingIntervals: Sendable, Equatable {
  /// Of ``Forgetting/fgPercent``.
  public var fgPercent: ClosedRange<Double>?
  /// Of ``Forgetting/finalDropPercent``.
  public var finalDropPercent: ClosedRange<Double>?
  /// Of ``Forgetting/chanceCorrectedFGPercent``.
  public var chanceCorrectedFGPercent: ClosedRange<Double>?
  /// Of ``Forgetting/bwtPoints``.
  public var bwtPoints: ClosedRange<Double>?
  /// Of ``Forgetting/chaudhryForgettingPoints``.
  public var chaudhryForgettingPoints: ClosedRange<Double>?
  /// Of each stage's relative drop from the base, in the order of the stages.
  public var stageDropPercent: [ClosedRange<Double>?]
  /// Of each stage's score, the base's first, on the scale 0 to 1.
  public var scores: [ClosedRange<Double>?]
}
