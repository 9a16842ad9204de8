/// All that a study found about one series.
public struct SeriesResult: Sendable, Equatable {
  /// An axis with its groups resolved to tasks.
  public struct Axis: Sendable, Equatable {
    /// The axis's name.
    public var name: String
    /// What a falling score means.
    public var kind: StudyPlan.Axis.Kind
    /// The tasks that are averaged.
    public var tasks: [String]

    /// Creates an axis.
    public init(name: String, kind: StudyPlan.Axis.Kind, tasks: [String]) {
      self.name = name
      self.kind = kind
      self.tasks = tasks
    }
  }

  /// The series's name.
  public let name: String
  /// The checkpoints in order, the base first.
  public let checkpoints: [CheckpointIdentity]
  /// The axes with their tasks.
  public let axes: [Axis]
  /// The tasks that the stages teach.
  public let newTasks: [String]
  /// The scores of the checkpoints, the base first.
  public let scores: [StageScores]
  /// The drift of the stages, the base not among them.
  public let drift: [StageDrift]
  /// What was forgotten.
  public let forgetting: ForgettingReport
  /// What was learned.
  public let learning: [Learning]
  /// How drift and forgetting go together.
  public let associations: AssociationReport

  /// The names of the stages, the base not among them.
  public var stageNames: [String] { checkpoints.dropFirst().map(\.name) }

  /// The mean score of an axis at each checkpoint, the base first.
  public func scores(of axis: Axis) -> [AxisScore] {
    scores.compactMap { stage in AxisScore(axis.tasks.compactMap(stage.score)) }
  }

  /// The score of one task at each checkpoint, the base first.
  public func scores(of task: String) -> [TaskScore] {
    scores.compactMap { $0.score(of: task) }
  }
}
