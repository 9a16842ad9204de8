import Core
import OrderedCollections
import Probe

/// Decides conditions on comparisons of checkpoints.
struct ComparisonConditions {
  private let comparisons: [TaskComparison]

  init(_ comparisons: [TaskComparison]) { self.comparisons = comparisons }

  /// What came of a condition: met if one checkpoint meets the whole of it.
  func outcome(of condition: Condition) -> Condition.Outcome {
    let isAboutAny = condition.subjects.contains { $0.level == nil }
    let outcomes = OrderedSet(comparisons.map(\.other)).map { other in
      let own = comparisons.filter { $0.other == other }
      guard isAboutAny else { return condition.outcome { decide($0, own, of: nil) } }
      // A key alone is of one task at a time, so that two keys are of the same.
      let rows = own.filter(\.isMain).map { row in condition.outcome { decide($0, own, of: row) } }
      // Not every task has every number: it is enough that some have.
      return Self.any(rows.contains(.unmet) ? rows.filter { !$0.isUndecided } : rows)
    }
    return Self.any(outcomes)
  }

  /// Met if one is; else undecided if one is.
  private static func any(_ outcomes: [Condition.Outcome]) -> Condition.Outcome {
    let reasons = outcomes.flatMap { outcome -> [String] in
      if case .met(let reasons) = outcome { return reasons }
      return []
    }
    if !reasons.isEmpty { return .met(Array(OrderedSet(reasons))) }
    return outcomes.first(where: \.isUndecided)
      ?? (outcomes.isEmpty ? .undecided("nothing was compared") : .unmet)
  }

  private func decide(
    _ comparison: Condition.Comparison, _ own: [TaskComparison], of current: TaskComparison?
  ) -> Condition.Outcome {
    let subject = comparison.subject
    let row = subject.level.map { level in Self.row(level, subject.name, own) } ?? current
    guard let row else { return .undecided("'\(subject)' is not compared") }
    guard let value = row.json[subject.keys[0]]?.double else {
      return .undecided("'\(subject)' of \(row.task) has no value")
    }
    guard comparison.relation.holds(value, comparison.limit) else { return .unmet }
    return .met([
      "\(row.other), \(row.task), \(row.metric): \(subject.keys[0]) is "
        + NumberText.significant(value)
    ])
  }

  /// The comparison of a task by its main metric, or by one that is named.
  private static func row(
    _ task: String, _ metric: String?, _ comparisons: [TaskComparison]
  ) -> TaskComparison? {
    comparisons.first { comparison in
      guard comparison.task == task else { return false }
      guard let metric else { return comparison.isMain }
      return [comparison.metric, "\(comparison.metric),\(comparison.filter)"].contains(metric)
    }
  }
}

extension Condition.Outcome {
  /// Whether a number that decides it does not exist.
  fileprivate var isUndecided: Bool {
    if case .undecided = self { return true }
    return false
  }
}
