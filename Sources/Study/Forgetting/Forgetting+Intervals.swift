import Statistics

/// The measures of a task or an axis in every draw of items.
struct ForgettingDraws {
  /// One for each draw and task; the first index is the task.
  private let tasks: [[ForgettingMeasures]]
  /// The scores of each task in every draw, the base first.
  private let courses: [[[Double?]]]
  private let stageCount: Int

  /// Computes the measures of an axis's tasks in every draw; `nil` where the answers to the items of one
  /// of them are not known.
  ///
  /// - Parameters:
  ///   - tasks: The tasks.
  ///   - series: The number of the series in the draws.
  ///   - draws: The draws.
  init?(_ tasks: [Forgetting], series: Int, _ draws: ItemDraws) {
    stageCount = tasks.first?.stages.count ?? 0
    var measures: [[ForgettingMeasures]] = []
    var courses: [[[Double?]]] = []
    for task in tasks {
      guard
        let rows = draws.courses(of: task.task, series: series, stageCount: stageCount)
      else { return nil }
      measures.append(
        rows.map { scores in
          ForgettingMeasures(
            scores: scores, final: scores.last { $0 != nil }.flatMap(\.self) ?? .nan,
            chance: task.chance, scale: .fraction)
        })
      courses.append(rows)
    }
    guard !measures.isEmpty else { return nil }
    self.tasks = measures
    self.courses = courses
  }

  /// The mean over the tasks of a measure, for each draw; `nil` where a draw has none.
  func values(_ measure: (ForgettingMeasures) -> Double?) -> [Double]? {
    var sums = [Double](repeating: 0, count: tasks[0].count)
    for task in tasks {
      for (draw, measures) in task.enumerated() {
        guard let value = measure(measures) else { return nil }
        sums[draw] += value
      }
    }
    return sums.map { $0 / Double(tasks.count) }
  }

  /// The intervals of all measures.
  var intervals: ForgettingIntervals {
    func interval(_ measure: (ForgettingMeasures) -> Double?) -> ClosedRange<Double>? {
      values(measure).flatMap(PairedBootstrap.interval)
    }
    return ForgettingIntervals(
      fgPercent: interval(\.fgPercent), finalDropPercent: interval(\.finalDropPercent),
      chanceCorrectedFGPercent: interval(\.chanceCorrectedFGPercent),
      bwtPoints: interval(\.bwtPoints),
      chaudhryForgettingPoints: interval(\.chaudhryForgettingPoints),
      stageDropPercent: (0..<stageCount).map { stage in
        interval { $0.stageDropPercent[stage] }
      },
      scores: (0...stageCount).map(scoreInterval))
  }

  private func scoreInterval(_ stage: Int) -> ClosedRange<Double>? {
    var sums = [Double](repeating: 0, count: courses[0].count)
    for course in courses {
      for (draw, scores) in course.enumerated() {
        guard let score = scores[stage] else { return nil }
        sums[draw] += score
      }
    }
    return PairedBootstrap.interval(of: sums.map { $0 / Double(courses.count) })
  }
}
