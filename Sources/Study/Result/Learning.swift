/// What a series learned of one new task, and what it kept of it.
public struct Learning: Sendable, Equatable {
  /// The task.
  public var task: String
  /// The stage that trained it, from 1; `nil` where the study does not say.
  public var stage: Int?
  /// The base's score, 0 to 1.
  public var base: Double
  /// The score before the task's own stage; `nil` without such a stage.
  public var before: Double?
  /// The score after the task's own stage.
  public var after: Double?
  /// The score at the end of the series.
  public var final: Double
  /// The score of guessing; `nil` where it is not known.
  public var chance: Double?

  /// What its own stage added, in percentage points: plasticity, *a*ₛ − *a*ₛ₋₁.
  public var gainPoints: Double? {
    guard let before, let after else { return nil }
    return (after - before) * 100
  }

  /// What the later stages took, in percentage points: *a*_N − *a*ₛ.
  public var afterwardsPoints: Double? {
    after.map { (final - $0) * 100 }
  }
}
