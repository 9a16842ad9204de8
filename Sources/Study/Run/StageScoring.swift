import Core

/// Scores the checkpoints of a series; what one of them cannot do keeps the others from nothing.
struct StageScoring<Instruments: StudyInstruments> {
  let instruments: Instruments
  let benchmark: Instruments.Benchmark
  /// All tasks of the benchmark.
  let tasks: [String]
  /// The series's name.
  let series: String
  let progress: WorkProgress.Handler?

  /// A checkpoint that is scored.
  struct Stage {
    /// Its name in the series.
    var name: String
    var path: String
    /// Where its documents go.
    var folder: String
  }

  /// The scores of checkpoints and what could not be scored.
  struct Outcome {
    /// For each checkpoint its scores; without tasks where nothing could be scored.
    var scores: [StageScores]
    var problems: [StudyProblem] = []
  }

  /// An error of who takes the scores: no checkpoint is to blame.
  private struct DeliveryError: Error {
    let underlying: any Error
  }

  /// Scores checkpoints together where they can be, else one by one, else task by task.
  ///
  /// - Parameters:
  ///   - stages: The checkpoints.
  ///   - deliver: Given the documents of each checkpoint as soon as they are there.
  /// - Returns: The scores in the order of the checkpoints.
  /// - Throws: What `deliver` throws.
  func run(
    _ stages: [Stage], deliver: ([StudyDocument]) throws -> Void
  ) throws -> Outcome {
    var found = [StageScores?](repeating: nil, count: stages.count)
    var problems: [StudyProblem] = []
    do {
      do {
        try score(Array(stages.indices), of: stages, on: benchmark, &found, deliver)
      } catch let error as DeliveryError {
        throw error
      } catch {
        for place in stages.indices where found[place] == nil {
          problems += try scoreAlone(place, of: stages, &found, deliver)
        }
      }
    } catch let error as DeliveryError {
      throw error.underlying
    }
    return Outcome(
      scores: found.map { $0 ?? StageScores(tasks: [], numerics: "") }, problems: problems)
  }

  private func score(
    _ places: [Int], of stages: [Stage], on benchmark: Instruments.Benchmark,
    _ found: inout [StageScores?], _ deliver: ([StudyDocument]) throws -> Void
  ) throws {
    try instruments.score(
      places.map { (path: stages[$0].path, folder: stages[$0].folder) }, on: benchmark,
      progress: progress
    ) { place, scores in
      do { try deliver(scores.documents) } catch { throw DeliveryError(underlying: error) }
      found[places[place]] = scores
    }
  }

  /// Scores one checkpoint with all tasks, or with those that it can be asked.
  private func scoreAlone(
    _ place: Int, of stages: [Stage], _ found: inout [StageScores?],
    _ deliver: ([StudyDocument]) throws -> Void
  ) throws -> [StudyProblem] {
    do {
      try score([place], of: stages, on: benchmark, &found, deliver)
      return []
    } catch let error as DeliveryError {
      throw error
    } catch {
      let failures = try failures(stages[place])
      let usable = tasks.filter { task in !failures.contains { $0.task == task } }
      guard !usable.isEmpty, usable.count < tasks.count else {
        return [StudyProblem(series: series, checkpoint: stages[place].name, message: "\(error)")]
      }
      try score([place], of: stages, on: instruments.prepare(usable), &found, deliver)
      return failures
    }
  }

  /// The tasks that a checkpoint cannot be asked.
  private func failures(_ stage: Stage) throws -> [StudyProblem] {
    try tasks.compactMap { task in
      let benchmark = try instruments.prepare([task])
      do {
        try instruments.score(
          [(path: stage.path, folder: stage.folder)], on: benchmark, progress: progress
        ) { _, _ in }
        return nil
      } catch {
        return StudyProblem(
          series: series, checkpoint: stage.name, task: task, message: "\(error)")
      }
    }
  }
}
