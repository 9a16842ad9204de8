public import Statistics

/// How one measure of drift and the forgetting of one axis go together over the stages of a series.
///
/// The unit is the stage: *n* stages give *n* pairs, whatever the number of layers or items. All
/// layers of a stage share one forgetting, so layers are never pooled. Drift from the base is set
/// against the drop from the base, and drift from the stage before against what that stage took,
/// both in percent of the base's score.
public struct Association: Sendable, Equatable {
  /// The axis whose forgetting it is.
  public var axis: String
  /// The part of the model whose drift it is.
  public var place: DriftPlace
  /// How the drift is measured.
  public var measure: DriftMeasure
  /// What both drift and drop are measured from.
  public var reference: DriftReference
  /// The number of stages for which both are known.
  public var stageCount: Int
  /// The linear association; `nil` where it does not exist, as for a constant series.
  public var pearson: PermutationTest?
  /// The monotone association.
  public var spearman: PermutationTest?
  /// Pearson's p-value corrected for all that were looked at (Holm).
  public var pearsonAdjustedPValue: Double?
  /// Spearman's p-value corrected for all that were looked at (Holm).
  public var spearmanAdjustedPValue: Double?
  /// Spearman's correlation of the drift with the stage's number.
  public var driftWithStage: Double?
  /// Spearman's correlation of the drop with the stage's number.
  public var dropWithStage: Double?

  /// From this many stages on, something may be said.
  public static let smallestClaimCount = 4

  /// Whether the stages suffice to say anything at all.
  public var allowsClaim: Bool { stageCount >= Self.smallestClaimCount }

  /// Whether drift and drop both follow the stage's number so closely that the number of training
  /// steps alone may explain their association.
  public var isConfoundedByStage: Bool {
    guard let driftWithStage, let dropWithStage else { return false }
    return abs(driftWithStage) >= 0.8 && abs(dropWithStage) >= 0.8
  }
}
