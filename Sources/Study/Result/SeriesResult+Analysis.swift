import Core

extension SeriesResult {
  /// Derives forgetting, learning and associations from what was measured.
  ///
  /// - Parameters:
  ///   - plan: The series as it was planned.
  ///   - axes: The axes, resolved to tasks.
  ///   - newTasks: For each new task of the plan, the tasks that it stands for.
  ///   - checkpoints: The checkpoints, the base first.
  ///   - scores: Their scores.
  ///   - drift: The drift of the stages.
  /// - Throws: ``InputError`` if a score is missing.
  init(
    _ plan: StudyPlan.Series, axes: [Axis], newTasks: [(name: String, tasks: [String])],
    checkpoints: [CheckpointIdentity], scores: [StageScores], drift: [StageDrift]
  ) throws(InputError) {
    let tasks = axes.flatMap(\.tasks) + newTasks.flatMap(\.tasks)
    for (checkpoint, scores) in zip(checkpoints, scores) {
      for task in tasks where scores.score(of: task) == nil {
        throw InputError(path: checkpoint.path, "has no score for the task '\(task)'")
      }
    }
    let table = try ScoreTable(
      records: Self.records(plan.name, axes, scores), scale: .fraction)
    let forgetting = ForgettingReport(table)
    self.init(
      name: plan.name, checkpoints: checkpoints, axes: axes,
      newTasks: newTasks.flatMap(\.tasks), scores: scores, drift: drift, forgetting: forgetting,
      learning: newTasks.flatMap { Self.learning($0.name, $0.tasks, plan, scores) },
      associations: AssociationReport(drift: drift, axes: forgetting.axes))
  }

  private static func records(
    _ run: String, _ axes: [Axis], _ scores: [StageScores]
  ) -> [ScoreRecord] {
    axes.flatMap { axis in
      scores.enumerated().flatMap { stage, scores in
        axis.tasks.compactMap(scores.score).map { score in
          ScoreRecord(
            run: run, stage: stage, axis: axis.name, task: score.task, score: score.value,
            chance: score.chance)
        }
      }
    }
  }

  private static func learning(
    _ name: String, _ tasks: [String], _ plan: StudyPlan.Series, _ scores: [StageScores]
  ) -> [Learning] {
    tasks.compactMap { task in
      let values = scores.compactMap { $0.score(of: task) }
      guard let base = values.first, let final = values.last else { return nil }
      let stage = plan.stages.firstIndex { $0.task == name || $0.task == task }.map { $0 + 1 }
      return Learning(
        task: task, stage: stage, base: base.value, before: stage.map { values[$0 - 1].value },
        after: stage.map { values[$0].value }, final: final.value, chance: base.chance)
    }
  }
}
