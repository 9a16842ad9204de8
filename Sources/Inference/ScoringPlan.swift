/// What scoring requests will take; known before it begins.
public struct ScoringPlan: Sendable, Equatable {
  /// The positions.
  public var work: ScoringWork
  /// The memory, where requests are scored in parts that of the largest.
  public var memory: ScoringMemory

  /// Creates a plan.
  public init(work: ScoringWork, memory: ScoringMemory) {
    self.work = work
    self.memory = memory
  }
}

/// What the memory of scoring is used for, in bytes.
public struct ScoringMemory: Sendable, Hashable {
  /// Packed weights that stay.
  public var keptWeightByteCount: Int
  /// Packed weights that are read anew for each batch; room for those that are in use at a time.
  public var passingWeightByteCount: Int
  /// Keys and values of positions.
  public var positionByteCount: Int
  /// The rows of a batch.
  public var rowByteCount: Int
  /// What rows are worked on in.
  public var scratchByteCount: Int
  /// How many positions go through the layers together.
  public var batchRowCount: Int

  /// All of it.
  public var totalByteCount: Int {
    keptWeightByteCount + passingWeightByteCount + positionByteCount + rowByteCount
      + scratchByteCount
  }

  init(_ plan: MemoryPlan) {
    keptWeightByteCount = plan.keptWeights
    passingWeightByteCount = plan.passingWeights
    positionByteCount = plan.positions
    rowByteCount = plan.rows
    scratchByteCount = plan.scratch
    batchRowCount = plan.batchRows
  }
}
