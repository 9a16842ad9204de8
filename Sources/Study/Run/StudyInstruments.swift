public import Core

/// What measures for a study: reads checkpoints, compares them and scores them.
///
/// ``StudyRunner`` decides what is measured; what measures can be replaced, as tests do.
public protocol StudyInstruments: Sendable {
  /// Tasks that are ready to be put to any checkpoint.
  associatedtype Benchmark: Sendable

  /// The tasks that a name stands for: itself, or the members of a group or tag.
  func tasks(named name: String) throws -> [String]

  /// Reads tasks, groups or tags and makes their items ready.
  func prepare(_ names: [String]) throws -> Benchmark

  /// Finds out, without costly work, whether a checkpoint can be scored.
  ///
  /// - Parameter path: The checkpoint.
  /// - Returns: What tells its tokenizer from another one.
  /// - Throws: An error that says why it cannot.
  func check(_ path: String) throws -> String

  /// How numbers are computed when a checkpoint is scored.
  func numerics(of path: String) throws -> String

  /// What a checkpoint is.
  func identity(name: String, path: String) throws -> CheckpointIdentity

  /// Scores checkpoints, in any order.
  ///
  /// - Parameters:
  ///   - stages: Each checkpoint, and the folder that the paths of its documents start with.
  ///   - benchmark: The tasks.
  ///   - progress: Told how far the work has come.
  ///   - deliver: Given the place of a checkpoint and its scores, as soon as they are there.
  /// - Throws: An error that says what cannot be scored, and what `deliver` throws.
  func score(
    _ stages: [(path: String, folder: String)], on benchmark: Benchmark,
    progress: WorkProgress.Handler?, deliver: (Int, StageScores) throws -> Void
  ) throws

  /// Measures the drift of every stage of a series.
  func drift(of series: StudyPlan.Series, progress: WorkProgress.Handler?) throws -> [StageDrift]
}
