/// One score: of one task, on one axis, after one stage of one run.
public struct ScoreRecord: Sendable, Equatable {
  /// The run (a series, a model) that the score belongs to.
  public var run: String
  /// 0 for the base, *m* for the checkpoint after the *m*-th stage.
  public var stage: Int
  /// The ability that the task measures, together with other tasks.
  public var axis: String
  /// The task; the axis's own name where the score is of the whole axis (an aggregate).
  public var task: String
  /// The score, on the scale of the table.
  public var score: Double
  /// The score of guessing, on the same scale; `nil` where it is not known.
  public var chance: Double?
  /// The line of the file that the record stands on; `nil` where it comes from no file.
  public var line: Int?

  /// Whether the score is of a whole axis rather than of one task.
  public var isAggregate: Bool

  /// Creates a record.
  public init(
    run: String, stage: Int, axis: String, task: String, score: Double, chance: Double? = nil,
    line: Int? = nil, isAggregate: Bool = false
  ) {
    self.run = run
    self.stage = stage
    self.axis = axis
    self.task = task
    self.score = score
    self.chance = chance
    self.line = line
    self.isAggregate = isAggregate
  }
}
