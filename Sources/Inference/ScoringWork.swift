/// What scoring requests took, in token positions.
public struct ScoringWork: Sendable, Hashable {
  /// The positions that there would be if each request were run by itself.
  public var naivePositionCount: Int
  /// The positions that are left where requests share what they have in common.
  public var sharedPositionCount: Int
  /// The positions that went through the model, those that had to go through again among them.
  public var computedPositionCount: Int
  /// The positions whose predictions were asked for.
  public var scoredPositionCount: Int

  /// Creates a record of nothing.
  public init() {
    (naivePositionCount, sharedPositionCount) = (0, 0)
    (computedPositionCount, scoredPositionCount) = (0, 0)
  }

  /// The work of two runs.
  public static func + (first: ScoringWork, second: ScoringWork) -> ScoringWork {
    var sum = first
    sum.naivePositionCount += second.naivePositionCount
    sum.sharedPositionCount += second.sharedPositionCount
    sum.computedPositionCount += second.computedPositionCount
    sum.scoredPositionCount += second.scoredPositionCount
    return sum
  }
}
