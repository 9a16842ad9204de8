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
  /// The checkpoints in order, the base first; those that could not be read are in their places, with no
  /// scores and no drift.
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
  /// What was learned and kept over all new tasks; `nil` without new tasks that a stage trained.
  public let learningSummary: LearningSummary?
  /// What putting the base's weights back brings back; empty where it was not asked for.
  public var restorations: [Restoration] = []

  /// The names of the stages, the base not among them.
  public var stageNames: [String] { checkpoints.dropFirst().map(\.name) }

  /// The mean score of an axis at each checkpoint, the base first; `nil` where a task has none.
  public func scores(of axis: Axis) -> [AxisScore?] {
    scores.map { stage in
      let scores = axis.tasks.compactMap(stage.score)
      return scores.count == axis.tasks.count ? AxisScore(scores) : nil
    }
  }

  /// The score of one task at each checkpoint, the base first; `nil` where there is none.
  public func scores(of task: String) -> [TaskScore?] {
    scores.map { $0.score(of: task) }
  }

  /// Axes' tasks that forgetting cannot be computed of: no score at the base, or none after it.
  var missingScores: [StudyProblem] {
    axes.flatMap { axis in
      axis.tasks.compactMap { task in
        let isKnown = forgetting.tasks.contains { $0.axis == axis.name && $0.task == task }
        guard !isKnown else { return nil }
        return StudyProblem(
          series: name, task: task,
          message: "no forgetting is computed: it has no score from 0 to 1 at the base and after it"
        )
      }
    }
  }
}
