extension Forgetting {
  /// Computes the forgetting of an axis from that of its tasks: the mean of each value.
  ///
  /// - Parameters:
  ///   - tasks: The results of the axis's tasks, of one run; at least one.
  ///   - notes: What is to be said besides what the tasks say.
  init?(axisOf tasks: [Forgetting], notes: [String] = []) {
    guard let first = tasks.first, let initial = mean(ofAll: tasks.map(\.initial)),
      let final = mean(ofAll: tasks.map(\.final))
    else { return nil }
    self.init(
      run: first.run, axis: first.axis, task: first.axis, taskCount: tasks.count,
      initial: initial, final: final, chance: mean(ofAll: tasks.map(\.chance)),
      isInitialAtOrBelowChance: anyTrue(tasks.map(\.isInitialAtOrBelowChance)),
      fgPercent: mean(ofAll: tasks.map(\.fgPercent)),
      finalDropPercent: mean(ofAll: tasks.map(\.finalDropPercent)),
      chanceCorrectedFGPercent: mean(ofAll: tasks.map(\.chanceCorrectedFGPercent)),
      bwtPoints: mean(ofAll: tasks.map(\.bwtPoints)),
      chaudhryForgettingPoints: mean(ofAll: tasks.map(\.chaudhryForgettingPoints)),
      stages: first.stages.indices.map { index in
        Self.stage(tasks.map { $0.stages[index] })
      },
      notes: notes + Self.notes(of: tasks))
  }

  private static func stage(_ tasks: [Stage]) -> Stage {
    Stage(
      stage: tasks.first?.stage ?? 0, score: mean(ofAll: tasks.map(\.score)),
      dropPercent: mean(ofAll: tasks.map(\.dropPercent)),
      chanceCorrectedDropPercent: mean(ofAll: tasks.map(\.chanceCorrectedDropPercent)),
      stepDropPercent: mean(ofAll: tasks.map(\.stepDropPercent)),
      isAtOrBelowChance: anyTrue(tasks.map(\.isAtOrBelowChance)))
  }

  private static func notes(of tasks: [Forgetting]) -> [String] {
    tasks.flatMap { task in
      task.notes.map { task.task == task.axis ? $0 : "\(task.task): \($0)" }
    }
  }
}

/// Whether any value is true; `nil` where none is and one is not known.
private func anyTrue(_ values: [Bool?]) -> Bool? {
  if values.contains(true) { return true }
  return values.contains(nil) ? nil : false
}
