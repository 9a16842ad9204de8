import Core
import Statistics

extension SeriesResult {
  /// Derives forgetting and learning from what was measured.
  ///
  /// - Parameters:
  ///   - plan: The series as it was planned.
  ///   - axes: The axes, resolved to tasks.
  ///   - newTasks: For each new task of the plan, the tasks that it stands for.
  ///   - checkpoints: The checkpoints, the base first.
  ///   - scores: Their scores; without tasks where there are none.
  ///   - drift: The drift of the stages.
  ///   - number: The number of the series in the draws.
  ///   - draws: What the scores would be for other items.
  init(
    _ plan: StudyPlan.Series, axes: [Axis], newTasks: [(name: String, tasks: [String])],
    checkpoints: [CheckpointIdentity], scores: [StageScores], drift: [StageDrift], number: Int,
    draws: ItemDraws
  ) {
    let table = ScoreTable(
      scale: .fraction, series: axes.flatMap { Self.courses(plan.name, $0, scores) })
    var forgetting = ForgettingReport(table)
    forgetting.addIntervals(series: number, draws)
    self.init(
      name: plan.name, checkpoints: checkpoints, axes: axes,
      newTasks: newTasks.flatMap(\.tasks), scores: scores, drift: drift, forgetting: forgetting,
      learning: newTasks.flatMap { Self.learning($0.name, $0.tasks, plan, scores) },
      learningSummary: LearningSummary(
        newTasks.flatMap { Self.courses($0.name, $0.tasks, plan, scores, number, draws) }))
  }

  /// The scores of an axis's tasks along the series; a task without a score at the base, or after it,
  /// is left out.
  private static func courses(
    _ run: String, _ axis: Axis, _ scores: [StageScores]
  ) -> [ScoreTable.Series] {
    axis.tasks.compactMap { task in
      let known = scores.map { $0.score(of: task) }
      guard let base = known.first.flatMap(\.self),
        let final = known.dropFirst().compactMap(\.self).last,
        known.allSatisfy({ (0...1).contains($0?.value ?? 0) })
      else { return nil }
      return ScoreTable.Series(
        run: run, axis: axis.name, task: task, scores: known.map { $0?.value },
        initial: base.value, final: final.value, chance: base.chance, isAggregate: false)
    }
  }

  private static func learning(
    _ name: String, _ tasks: [String], _ plan: StudyPlan.Series, _ scores: [StageScores]
  ) -> [Learning] {
    tasks.compactMap { task in
      let values = scores.map { $0.score(of: task)?.value }
      guard let base = values.first.flatMap(\.self), let final = values.last.flatMap(\.self) else {
        return nil
      }
      let stage = stage(of: task, name, plan)
      return Learning(
        task: task, stage: stage, base: base, before: stage.flatMap { values[$0 - 1] },
        after: stage.flatMap { values[$0] }, final: final,
        chance: scores[0].score(of: task)?.chance)
    }
  }

  /// The stage that trained a task, from 1.
  private static func stage(of task: String, _ name: String, _ plan: StudyPlan.Series) -> Int? {
    plan.stages.firstIndex { $0.task == name || $0.task == task }.map { $0 + 1 }
  }

  /// The courses of new tasks that a stage trained and every checkpoint was asked.
  private static func courses(
    _ name: String, _ tasks: [String], _ plan: StudyPlan.Series, _ scores: [StageScores],
    _ number: Int, _ draws: ItemDraws
  ) -> [LearningSummary.Course] {
    tasks.compactMap { task in
      let values = scores.compactMap { $0.score(of: task)?.value }
      guard let stage = stage(of: task, name, plan), values.count == scores.count else {
        return nil
      }
      let drawn = draws.courses(of: task, series: number, stageCount: plan.stages.count)
      let complete = drawn.map { $0.map { $0.compactMap(\.self) } }
      return LearningSummary.Course(
        stage: stage, scores: values,
        draws: complete.flatMap { rows in
          rows.allSatisfy { $0.count == values.count } ? rows : nil
        })
    }
  }
}
