import Core
import Statistics

extension AssociationReport {
  /// What can and what cannot be said, in words, for a reader without statistics.
  ///
  /// Nothing is claimed from fewer than ``Association/smallestClaimCount`` stages. From more, the
  /// association of the whole model is stated with *n* and its exact p-value, then what *n* stages
  /// could have shown at best, what remains after correction for all that was looked at, and
  /// whether the number of steps is an equally good explanation.
  public var findings: [Finding] {
    guard stageCount >= Association.smallestClaimCount else {
      return [
        Finding(
          "With \(stageCount) stage\(stageCount == 1 ? "" : "s") nothing is claimed about whether "
            + "drift and forgetting go together: at least \(Association.smallestClaimCount) are "
            + "needed.", .notClaimed)
      ]
    }
    guard testCount > 0 else {
      return [
        Finding(
          "Over n = \(stageCount) stages, no association of drift and forgetting can be computed: "
            + "one of them is not defined or did not change.", .notClaimed)
      ]
    }
    let leading = associations.filter {
      $0.place == .model && $0.measure == .relativeL2 && $0.reference == .base
    }
    return [Self.statement(leading), reach, confound(leading)].compactMap(\.self)
  }

  private static func statement(_ leading: [Association]) -> Finding? {
    let tested = leading.filter { $0.allowsClaim && $0.spearman != nil }
    guard let count = tested.map(\.stageCount).min() else { return nil }
    let parts = tested.map { association in
      "\(association.axis) "
        + "\(NumberText.fixed(association.spearman?.coefficient, decimals: 2)) "
        + "(p = \(probability(association.spearman?.pValue)))"
    }
    let isClear = tested.contains { ($0.spearmanAdjustedPValue ?? 1) < 0.05 }
    return Finding(
      "Over n = \(count) stages, the rank correlation (Spearman) between the model's relative L2 "
        + "distance from the base and the drop from the base is, by axis: "
        + "\(parts.joined(separator: ", ")). 1 means that the stages have the same order in both.",
      isClear ? .clear : .uncertain)
  }

  /// What *n* stages could have shown, and what is left after correction.
  private var reach: Finding {
    let smallest = associations.compactMap { $0.spearman?.smallestPValue }.min()
    let survivors = associations.count { association in
      [association.spearmanAdjustedPValue, association.pearsonAdjustedPValue]
        .contains { ($0 ?? 1) < 0.05 }
    }
    let looked =
      "\(associations.count) associations were looked at (\(testCount) p-values), and the smallest "
      + "p that n = \(stageCount) stages can give for a rank correlation is "
      + "\(probability(smallest)). "
    let verdict =
      survivors == 0
      ? "After Holm's correction for all of them none is below 0.05: they describe this series and "
        + "are no evidence of a rule."
      : "After Holm's correction for all of them \(survivors) "
        + "\(survivors == 1 ? "is" : "are") below 0.05."
    return Finding(looked + verdict, survivors == 0 ? .notClaimed : .clear)
  }

  private func confound(_ leading: [Association]) -> Finding? {
    let axes = leading.filter(\.isConfoundedByStage).map(\.axis)
    guard !axes.isEmpty else { return nil }
    return Finding(
      "Drift and the drop of \(listed(axes)) both follow the number of the stage (Spearman at "
        + "least 0.8 in size): more training steps may explain both, and a correlation cannot tell.",
      .notClaimed)
  }
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
func listed(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
