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

  /// What a checkpoint is.
  func identity(name: String, path: String) throws -> CheckpointIdentity

  /// Scores one checkpoint; the documents' paths start with the given folder.
  func scores(
    of path: String, on benchmark: Benchmark, folder: String, progress: WorkProgress.Handler?
  ) throws -> StageScores

  /// Measures the drift of every stage of a series.
  func drift(of series: StudyPlan.Series, progress: WorkProgress.Handler?) throws -> [StageDrift]
}
