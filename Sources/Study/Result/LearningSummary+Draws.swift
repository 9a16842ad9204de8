import Statistics

extension LearningSummary {
  /// The scores of a new task along its series.
  struct Course {
    /// The stage that trained it, from 1.
    var stage: Int
    /// The scores, the base first.
    var scores: [Double]
    /// The same in every draw of items; `nil` where the items are not known.
    var draws: [[Double]]?
  }

  /// Averages over tasks; `nil` of none.
  init?(_ courses: [Course]) {
    guard let first = courses.first else { return nil }
    let last = first.scores.count - 1
    func estimate(
      _ courses: [Course], _ value: (Course, [Double]) -> Double
    ) -> Estimate? {
      guard let center = mean(courses.map { value($0, $0.scores) }) else { return nil }
      let tables = courses.compactMap(\.draws)
      guard tables.count == courses.count, let count = tables.first?.count else {
        return Estimate(center)
      }
      let draws = (0..<count).map { draw in
        mean(zip(courses, tables).map { value($0, $1[draw]) }) ?? .nan
      }
      return Estimate(center, interval: PairedBootstrap.interval(of: draws))
    }
    let earlier = courses.filter { $0.stage < last }
    guard
      let plasticity = estimate(courses, { ($1[$0.stage] - $1[$0.stage - 1]) * 100 }),
      let final = estimate(courses, { $1[last] })
    else { return nil }
    plasticityPoints = plasticity
    finalScore = final
    bwtPoints = estimate(earlier) { ($1[last] - $1[$0.stage]) * 100 }
    forgettingPoints = estimate(earlier) { (($1.dropLast().max() ?? .nan) - $1[last]) * 100 }
    taskCount = courses.count
  }
}
