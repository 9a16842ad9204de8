import Core

/// Finds what is wrong with the scores of a table, and says it.
struct ScoreChecker {
  let path: String?
  let scale: ScoreScale

  func checkRanges(_ records: [ScoreRecord]) throws(InputError) {
    guard !records.isEmpty else { throw InputError(path: path, "holds no scores") }
    for record in records {
      for (name, value) in [("score", record.score), ("chance", record.chance ?? 0)]
      where !(0...scale.maximum).contains(value) {
        throw InputError(
          path: path, place: place(record),
          "\(name) \(value) is outside the scale \(scale.rawValue)")
      }
    }
  }

  /// One task's scores in the order of the stages.
  func series(
    _ key: SeriesKey, _ records: [ScoreRecord], runStages: Set<Int>, mayHaveGaps: Bool
  ) throws(InputError) -> ScoreTable.Series {
    var byStage: [Int: ScoreRecord] = [:]
    for record in records {
      if let first = byStage[record.stage] { throw duplicate(key, first, record) }
      byStage[record.stage] = record
    }
    guard let base = byStage[0] else {
      throw InputError(path: path, place: key.place, "stage 0, the base, is missing")
    }
    let last = runStages.max() ?? 0
    guard last > 0 else {
      throw InputError(
        path: path, place: key.place, "has only the base; expected at least one stage after it")
    }
    let required = mayHaveGaps ? runStages.sorted() : Array(0...last)
    if let missing = required.first(where: { byStage[$0] == nil }) {
      throw InputError(
        path: path, place: key.place,
        "stage \(missing) is missing; the run's last stage is \(last)")
    }
    return ScoreTable.Series(
      run: key.run, axis: key.axis, task: key.task, scores: (0...last).map { byStage[$0]?.score },
      initial: base.score, final: byStage[last]?.score ?? base.score,
      chance: try chance(key, records), isAggregate: base.isAggregate)
  }

  private func chance(_ key: SeriesKey, _ records: [ScoreRecord]) throws(InputError) -> Double? {
    let given = records.filter { $0.chance != nil }
    guard let first = given.first else { return nil }
    if let other = given.first(where: { $0.chance != first.chance }) {
      throw InputError(
        path: path, place: place(other),
        "chance \(other.chance ?? 0) of task '\(key.task)' is \(first.chance ?? 0) at stage "
          + "\(first.stage)")
    }
    return first.chance
  }

  private func duplicate(
    _ key: SeriesKey, _ first: ScoreRecord, _ second: ScoreRecord
  ) -> InputError {
    let earlier = first.line.map { " (first in row \($0))" } ?? ""
    return InputError(
      path: path, place: place(second),
      "stage \(second.stage) of \(key.place) is given twice\(earlier)")
  }

  private func place(_ record: ScoreRecord) -> String {
    record.line.map { "row \($0)" } ?? SeriesKey(record).place
  }
}
