public import Core
import Statistics

/// How two checkpoints differ on the same items, by one metric of a task or group.
public struct TaskComparison: Sendable, Equatable {
  /// What a p-value is of.
  public enum PValueKind: String, Sendable {
    /// McNemar's exact test of items that only one has right.
    case mcNemar = "mcnemar"
    /// The permutation test that swaps the two checkpoints' answers item by item.
    case permutation
    /// The permutation test that swaps them cluster by cluster.
    case clusterPermutation = "cluster_permutation"
  }

  /// The name of the checkpoint that is compared with.
  public var base: String
  /// The name of the checkpoint that is compared.
  public var other: String
  /// The name of the task or group.
  public var task: String
  /// The name under which it is shown.
  public var alias: String
  /// Whether it is a group.
  public var isGroup: Bool
  /// Whether it is a task or group below a group that is compared too.
  public var isMember: Bool
  /// The metric's name.
  public var metric: String
  /// The name of the filter of the answers.
  public var filter: String
  /// Whether it is the task's main metric: the accuracy, or the first one of a task without.
  public var isMain: Bool
  /// Whether more is better.
  public var isHigherBetter: Bool
  /// How many items both answered.
  public var count: Int
  /// How many items only the base has, and how many only the other.
  public var unjoinedCounts: [Int]
  /// Items that the base has right and the other wrong; `nil` for metrics that are not right or
  /// wrong.
  public var lostCount: Int?
  /// Items that the base has wrong and the other right.
  public var gainedCount: Int?
  /// The base's value over the shared items.
  public var baseValue: Double
  /// The other's value over the shared items.
  public var otherValue: Double
  /// The standard error of the difference of independent items; `nil` of one item.
  public var standardError: Double?
  /// The 95 % interval of the difference: paired bootstrap over items.
  public var interval: ClosedRange<Double>?
  /// The 95 % interval of the difference: paired bootstrap over clusters; `nil` without them.
  public var clusteredInterval: ClosedRange<Double>?
  /// How many clusters the items form; `nil` where each stands alone.
  public var clusterCount: Int?
  /// By how much clusters widen the variance of the difference.
  public var designEffect: Double?
  /// The share of items that both answer the same; `nil` where there is nothing to choose.
  public var agreement: Double?
  /// The mean divergence of the other's choice probabilities from the base's, KL(base ‖ other), in
  /// nats; `nil` where there are no choices.
  public var forwardDivergence: Double?
  /// KL(other ‖ base).
  public var reverseDivergence: Double?
  /// McNemar's exact p-value.
  public var mcNemarPValue: Double?
  /// McNemar's mid-p value.
  public var midPValue: Double?
  /// The p-value that counts for this comparison.
  public var pValue: Double?
  /// What ``pValue`` is of.
  public var pValueKind: PValueKind?
  /// ``pValue`` after Holm's correction for all comparisons of its family.
  public var adjustedPValue: Double?
  /// ``pValue`` as q-value of Benjamini and Hochberg.
  public var qValue: Double?
  /// How many comparisons the family holds.
  public var familySize: Int?
  /// The smallest difference that these items would have shown with a probability of 80 %.
  public var detectableDifference: Double?

  /// How much larger the other's value is.
  public var difference: Double { otherValue - baseValue }

  /// The level below which a corrected p-value counts as significant.
  public static let level = 0.05

  /// Whether the difference is significant after correction.
  public var isSignificant: Bool { adjustedPValue.map { $0 < Self.level } ?? false }

  /// Whether the other is worse, as the metric has it.
  public var isWorse: Bool { isHigherBetter ? difference < 0 : difference > 0 }

  /// The comparison as it stands in documents.
  public var json: JSONValue {
    func interval(_ range: ClosedRange<Double>?) -> JSONValue {
      range.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null
    }
    return [
      "base": .string(base), "other": .string(other), "task": .string(task),
      "metric": .string(metric), "filter": .string(filter), "is_group": .bool(isGroup),
      "is_main": .bool(isMain), "higher_is_better": .bool(isHigherBetter), "n": .integer(count),
      "only_in_base_count": .integer(unjoinedCounts[0]),
      "only_in_other_count": .integer(unjoinedCounts[1]), "b": JSONValue(lostCount),
      "c": JSONValue(gainedCount), "base_value": .number(baseValue),
      "other_value": .number(otherValue), "difference": .number(difference),
      "standard_error": JSONValue(standardError), "interval": interval(self.interval),
      "cluster_count": JSONValue(clusterCount),
      "cluster_interval": interval(clusteredInterval), "design_effect": JSONValue(designEffect),
      "agreement": JSONValue(agreement), "kl_forward": JSONValue(forwardDivergence),
      "kl_reverse": JSONValue(reverseDivergence), "p_mcnemar": JSONValue(mcNemarPValue),
      "p_mid": JSONValue(midPValue), "p_value": JSONValue(pValue),
      "p_value_kind": JSONValue(pValueKind?.rawValue),
      "p_adjusted": JSONValue(adjustedPValue), "q_value": JSONValue(qValue),
      "family_size": JSONValue(familySize),
      "detectable_difference": JSONValue(detectableDifference),
      "is_significant": .bool(isSignificant),
    ]
  }

  /// The keys of the numbers in ``json`` that a condition can be about.
  public static let keys = [
    "n", "only_in_base_count", "only_in_other_count", "b", "c", "base_value", "other_value",
    "difference", "standard_error", "cluster_count", "design_effect", "agreement", "kl_forward",
    "kl_reverse", "p_mcnemar", "p_mid", "p_value", "p_adjusted", "q_value", "family_size",
    "detectable_difference",
  ]
}
