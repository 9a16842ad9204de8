/// A series whose checkpoints have been looked at: what can be done with each.
struct CheckedSeries: Sendable {
  /// The series as it was planned.
  let plan: StudyPlan.Series
  /// What is known of each checkpoint, the base first; `nil` where it cannot be scored.
  let facts: [CheckpointFacts?]
  /// What cannot be done, or not as it seems.
  let problems: [StudyProblem]
  /// What a user should know before trusting the numbers.
  let warnings: [String]

  /// Looks at every checkpoint: a wrong path must not cost hours.
  init(_ plan: StudyPlan.Series, _ check: (String) throws -> CheckpointFacts) {
    self.plan = plan
    var facts: [CheckpointFacts?] = []
    var problems: [StudyProblem] = []
    for checkpoint in plan.checkpoints {
      do {
        facts.append(try check(checkpoint.path))
      } catch {
        facts.append(nil)
        problems.append(
          StudyProblem(series: plan.name, checkpoint: checkpoint.name, message: "\(error)"))
      }
    }
    self.facts = facts
    let base = facts[0]
    if base == nil {
      problems.append(
        StudyProblem(series: plan.name, message: "nothing is measured: there is no base"))
    } else if !facts.dropFirst().contains(where: { $0 != nil }) {
      problems.append(
        StudyProblem(series: plan.name, message: "nothing is measured: there is no stage"))
    }
    var warnings = facts.compactMap(\.self).flatMap(\.warnings)
    for (checkpoint, own) in zip(plan.checkpoints, facts).dropFirst() {
      guard let own, let base else { continue }
      for message in Self.differences(own, base) {
        problems.append(
          StudyProblem(series: plan.name, checkpoint: checkpoint.name, message: message))
      }
      warnings += Self.warnings(checkpoint.path, own, base, series: plan.name)
    }
    self.problems = problems
    self.warnings = warnings
  }

  /// Whether there is a base and a stage to be measured.
  var isMeasurable: Bool { facts[0] != nil && facts.dropFirst().contains { $0 != nil } }

  /// The places of the checkpoints that can be scored, the base first.
  var scored: [Int] { facts.indices.filter { facts[$0] != nil } }

  /// The places of the checkpoints whose weights can be compared with the base's, the base first.
  var compared: [Int] { scored.filter { facts[$0]?.shape == facts[0]?.shape } }

  /// The series of some of its checkpoints, by their places; the first is the base.
  func keeping(_ places: [Int]) -> StudyPlan.Series {
    var series = plan
    series.stages = places.dropFirst().map { plan.stages[$0 - 1] }
    return series
  }

  /// What makes a stage another model than the base.
  private static func differences(_ own: CheckpointFacts, _ base: CheckpointFacts) -> [String] {
    var messages: [String] = []
    if own.shape != base.shape {
      messages.append(
        "is a \(own.shape), the base a \(base.shape): it is scored, but no drift is measured")
    }
    if own.tokenizer != base.tokenizer {
      messages.append(
        "has another tokenizer than the base, so the same text reaches the models as different "
          + "tokens; part of what looks like forgetting may be that")
    }
    return messages
  }

  private static func warnings(
    _ path: String, _ own: CheckpointFacts, _ base: CheckpointFacts, series: String
  ) -> [String] {
    var warnings: [String] = []
    if own.numerics != base.numerics {
      warnings.append(
        "\(path): is computed in \(own.numerics), the base of '\(series)' in \(base.numerics); part "
          + "of what looks like forgetting may be that; '--numerics' makes them one")
    }
    if own.shape == base.shape, let rows = own.embeddingRowCount,
      let others = base.embeddingRowCount, rows != others
    {
      warnings.append(
        "\(path): has an embedding of \(rows) rows, the base of '\(series)' one of \(others): the "
          + "vocabulary was resized between them; drift is that of the common rows")
    }
    if let type = own.storedType, let other = base.storedType, type != other {
      warnings.append(
        "\(path): is stored as \(type), the base of '\(series)' as \(other): what rounding changed "
          + "counts as drift")
    }
    return warnings
  }
}
