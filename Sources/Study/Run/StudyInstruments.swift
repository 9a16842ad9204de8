public import Core

/// What measures for a study: reads checkpoints, compares them and scores them.
///
/// ``StudyRunner`` decides what is measured; what measures can be replaced, as tests do.
public protocol StudyInstruments: Sendable {
  /// Tasks that are ready to be put to any checkpoint.
  associatedtype Benchmark: Sendable

  /// The threads to work with.
  var workGroup: WorkGroup { get }

  /// The tasks that a name stands for: itself, or the members of a group or tag.
  func tasks(named name: String) throws -> [String]

  /// Reads tasks, groups or tags and makes their items ready.
  func prepare(_ names: [String]) throws -> Benchmark

  /// Finds out, without costly work, what a checkpoint is and whether it can be scored.
  ///
  /// - Parameter path: The checkpoint.
  /// - Returns: What is known of it.
  /// - Throws: An error that says why it cannot be scored.
  func check(_ path: String) throws -> CheckpointFacts

  /// Estimates what scoring one checkpoint takes; `nil` where nothing can be said.
  func estimate(_ path: String, on benchmark: Benchmark) throws -> StudyEstimate?

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

  /// Opens a base and a stage tuned from it, so that parts of the one can be put back into the other.
  ///
  /// - Parameters:
  ///   - base: The base's checkpoint.
  ///   - tuned: The stage's.
  ///   - benchmark: The tasks.
  /// - Returns: What scores the outcome.
  /// - Throws: An error that says why they do not fit.
  func restorer(
    base: String, tuned: String, on benchmark: Benchmark
  ) throws -> any StageRestorer
}
