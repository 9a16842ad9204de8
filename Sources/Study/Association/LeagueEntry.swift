/// How one measure of the stages and the forgetting of one axis go together.
///
/// The unit is the stage: *n* stages give *n* pairs, whatever the number of layers or items. All
/// layers of a stage share one forgetting, so layers are never pooled.
///
/// Over several series, only what happens within a series counts: for ``spearman`` the stages of each
/// series are ranked among themselves and the ranks centred (Taylor 1987, "Kendall's and Spearman's
/// correlation coefficients in the presence of a blocking variable", Biometrics 43); for ``pearson``
/// the values of each series are centred (the repeated-measures correlation of Bland and Altman 1995,
/// BMJ 310), so that a series whose values spread wider counts more. In both *r* = Σ *x y* /
/// √(Σ *x*² · Σ *y*²), summed over all series in which both sides vary.
public struct LeagueEntry: Sendable, Equatable {
  /// One coefficient with what is known of its certainty.
  public struct Coefficient: Sendable, Equatable {
    /// The coefficient, with the 95 % percentile interval of drawing series, and in each its stages, with
    /// replacement; no interval below ``League/smallestClaimCount`` stages or where all draws agree.
    public var estimate: Estimate
    /// The share of rearrangements of the stages' forgetting within their series with a coefficient at
    /// least as far from 0.
    public var pValue: Double
    /// ``pValue`` corrected for all that the league looked at (single-step max-T).
    public var adjustedPValue: Double
    /// ``pValue`` corrected for all that the league looked at, by Holm's method.
    public var holmPValue: Double

    /// The coefficient itself.
    public var value: Double { estimate.value }
  }

  /// Which stages are looked at.
  public var scope: League.Scope
  /// The axis whose forgetting it is; ``League/allAbilities`` for the mean of all axes of ability.
  public var axis: String
  /// What the forgetting is set against.
  public var measure: StageMeasure
  /// The number of stages for which both are known, in series where both vary.
  public var stageCount: Int
  /// The number of these series.
  public var seriesCount: Int
  /// The monotone association; `nil` where it does not exist, as for values that do not vary.
  public var spearman: Coefficient?
  /// The linear association.
  public var pearson: Coefficient?
  /// The smallest p-value that Spearman's could have had over these stages.
  public var smallestPValue: Double?
  /// Spearman's p-value where all series have their stages rearranged in the same way: what is left if
  /// stages of one number are the same in all series; `nil` for a single series and for series of
  /// different lengths.
  public var sharedOrderPValue: Double?
  /// Spearman's coefficient of what the number of the stage leaves of both; `nil` where it leaves nothing
  /// of one.
  public var partial: Double?
  /// The share of rearrangements of what is left of the forgetting with a partial coefficient at least as
  /// far from 0 (Freedman and Lane 1983), not corrected.
  public var partialPValue: Double?
  /// Spearman's coefficient of the measure and the stage's number.
  public var measureWithStage: Double?
  /// Spearman's coefficient of the forgetting and the stage's number.
  public var dropWithStage: Double?

  /// Whether the stages suffice to say anything at all.
  public var allowsClaim: Bool { stageCount >= League.smallestClaimCount }

  /// Whether measure and drop both follow the stage's number so closely that the number of training
  /// steps alone may explain their association.
  public var isConfoundedByStage: Bool {
    guard let measureWithStage, let dropWithStage else { return false }
    return abs(measureWithStage) >= 0.8 && abs(dropWithStage) >= 0.8
  }

  /// Whether the association is below 0.05 after correction for all that was looked at.
  public var isClear: Bool {
    allowsClaim && [spearman, pearson].contains { ($0?.adjustedPValue ?? 1) < League.level }
  }
}
