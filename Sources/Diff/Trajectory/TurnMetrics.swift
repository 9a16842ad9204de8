/// How an update relates to the one before it.
public struct TurnMetrics: Sendable, Equatable {
  /// The cosine between the two; `nil` where one is zero or not finite.
  public var cosine: Double?
  /// How many parameters both updates moved.
  public var movedCount: Int
  /// How many of these they moved in opposite directions.
  public var conflictCount: Int

  /// The share of parameters that the two moved in opposite directions, among those that both moved;
  /// `nil` where there are none.
  ///
  /// It is the sign conflict of TIES (arXiv 2306.01708) for two successive updates, without its
  /// trimming to the largest ones.
  public var signConflictFraction: Double? {
    movedCount > 0 ? Double(conflictCount) / Double(movedCount) : nil
  }

  init(_ sums: TurnSums) {
    cosine = sums.cosine
    movedCount = sums.movedCount
    conflictCount = sums.conflictCount
  }
}
