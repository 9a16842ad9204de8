import Core
import OrderedCollections
import Study

/// Decides conditions on what the series of a study forgot.
struct StudyConditions {
  /// The numbers of an axis or task that a condition may ask for.
  static let keys = [
    "initial", "final", "fg_percent", "final_drop_percent", "chance_corrected_fg_percent",
    "bwt_points", "chaudhry_forgetting_points",
  ]

  private let rows: [Forgetting]

  init(_ result: StudyResult) {
    rows = result.series.flatMap { $0.forgetting.axes + $0.forgetting.tasks }
  }

  /// What came of a condition: met if one series meets the whole of it.
  func outcome(of condition: Condition) -> Condition.Outcome {
    let outcomes = OrderedSet(rows.map(\.run)).flatMap { run -> [Condition.Outcome] in
      let own = rows.filter { $0.run == run }
      guard condition.subjects.contains(where: { $0.level == nil }) else {
        return [condition.outcome { decide($0, own, of: nil) }]
      }
      // A key alone is of one axis at a time, so that two keys are of the same.
      return own.filter { $0.task == $0.axis }.map { row in
        condition.outcome { decide($0, own, of: row) }
      }
    }
    let reasons = outcomes.flatMap { outcome -> [String] in
      if case .met(let reasons) = outcome { return reasons }
      return []
    }
    if !reasons.isEmpty { return .met(Array(OrderedSet(reasons))) }
    let undecided = outcomes.first { outcome in
      if case .undecided = outcome { return true }
      return false
    }
    return undecided ?? .unmet
  }

  private func decide(
    _ comparison: Condition.Comparison, _ own: [Forgetting], of current: Forgetting?
  ) -> Condition.Outcome {
    let subject = comparison.subject
    let row = subject.level.map { level in own.first { $0.task == level } } ?? current
    guard let row, subject.name == nil || subject.name == row.run else {
      return subject.name == nil || own.first?.run == subject.name
        ? .undecided("there is no axis or task for '\(subject)'") : .unmet
    }
    guard let value = row.json[subject.keys[0]]?.double else {
      return .undecided("'\(subject)' of \(row.run), \(row.task) has no value")
    }
    guard comparison.relation.holds(value, comparison.limit) else { return .unmet }
    return .met([
      "\(row.run), \(row.task): \(subject.keys[0]) is \(NumberText.significant(value))"
    ])
  }
}
