/// What a study is to do: which checkpoints, which tasks, and how the tasks make up axes.
public struct StudyPlan: Sendable, Equatable {
  /// One axis of ability: tasks that are averaged.
  public struct Axis: Sendable, Equatable {
    /// What a falling score means.
    public enum Kind: String, Sendable, CaseIterable {
      /// The score is an ability: falling is a loss.
      case ability
      /// The score is the share of stereotypes preferred: falling is welcome.
      case bias
    }

    /// The axis's name.
    public var name: String
    /// The names of tasks, groups or tags.
    public var tasks: [String]
    /// What a falling score means.
    public var kind: Kind

    /// Creates an axis.
    public init(name: String, tasks: [String], kind: Kind = .ability) {
      self.name = name
      self.tasks = tasks
      self.kind = kind
    }
  }

  /// One fine-tuning stage.
  public struct Stage: Sendable, Equatable {
    /// The stage's name.
    public var name: String
    /// The checkpoint after it.
    public var checkpoint: String
    /// The task that it trained, one of ``StudyPlan/newTasks``; `nil` where none measures it.
    public var task: String?

    /// Creates a stage.
    public init(name: String, checkpoint: String, task: String? = nil) {
      self.name = name
      self.checkpoint = checkpoint
      self.task = task
    }
  }

  /// Successive checkpoints of one model.
  public struct Series: Sendable, Equatable {
    /// The series's name.
    public var name: String
    /// The checkpoint before stage 1.
    public var base: String
    /// The stages in order; at least one.
    public var stages: [Stage]

    /// Creates a series.
    public init(name: String, base: String, stages: [Stage]) {
      self.name = name
      self.base = base
      self.stages = stages
    }

    /// The checkpoints in order, the base first, with the names that they go by.
    public var checkpoints: [(name: String, path: String)] {
      [(name: "base", path: base)] + stages.map { (name: $0.name, path: $0.checkpoint) }
    }
  }

  /// What the study is called.
  public var name: String
  /// The series; at least one.
  public var series: [Series]
  /// Folders with task files.
  public var taskPaths: [String]
  /// The axes on which forgetting is measured; at least one.
  public var axes: [Axis]
  /// The tasks that the stages teach.
  public var newTasks: [String]
  /// How many solved examples stand before each item; `nil` as the task files say.
  public var fewshotCount: Int?
  /// The largest number of items of each task; `nil` for all.
  public var limit: Int?

  /// Creates a plan.
  public init(
    name: String, series: [Series], taskPaths: [String], axes: [Axis], newTasks: [String] = [],
    fewshotCount: Int? = nil, limit: Int? = nil
  ) {
    self.name = name
    self.series = series
    self.taskPaths = taskPaths
    self.axes = axes
    self.newTasks = newTasks
    self.fewshotCount = fewshotCount
    self.limit = limit
  }
}
