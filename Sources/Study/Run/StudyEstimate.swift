/// What a study will take, before it is done.
public struct StudyEstimate: Sendable, Equatable {
  /// How many checkpoints are scored.
  public var checkpointCount: Int
  /// How many tasks each is asked.
  public var taskCount: Int
  /// How many items each is asked.
  public var itemCount: Int
  /// How many token positions are computed at most: what checkpoints share, and what the ledger knows,
  /// is computed once or not at all.
  public var positionCount: Int
  /// About how many seconds scoring takes.
  public var seconds: Double
  /// How much memory the largest model takes, in bytes.
  public var memoryByteCount: Int

  /// Creates an estimate.
  public init(
    checkpointCount: Int, taskCount: Int, itemCount: Int, positionCount: Int, seconds: Double,
    memoryByteCount: Int
  ) {
    self.checkpointCount = checkpointCount
    self.taskCount = taskCount
    self.itemCount = itemCount
    self.positionCount = positionCount
    self.seconds = seconds
    self.memoryByteCount = memoryByteCount
  }
}
