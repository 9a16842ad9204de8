public import Probe

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

  /// What an adapter of a later stage goes on.
  public enum AdapterChain: String, Sendable, CaseIterable {
    /// The base with the adapters of all stages before merged into it.
    case merged
    /// The base itself.
    case base
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

  /// What is put back, and how far.
  public struct RestorationPlan: Sendable, Equatable {
    /// The questions that are asked.
    public var kinds: [Restoration.Kind]
    /// The stage that is restored, by name; `nil` for the last one.
    public var stage: String?
    /// The share of the lost score that the smallest set of layers is to bring back; `nil` for no
    /// search.
    public var target: Double?
    /// The shares of the base on the interpolation curve, from 0 to 1.
    public var alphas: [Double]

    /// Creates a plan.
    public init(
      kinds: [Restoration.Kind] = [.layer, .component, .group, .interpolation],
      stage: String? = nil, target: Double? = nil, alphas: [Double] = [0.25, 0.5, 0.75]
    ) {
      self.kinds = kinds
      self.stage = stage
      self.target = target
      self.alphas = alphas
    }
  }

  /// Series that are compared with each other.
  public struct Contrast: Sendable, Equatable {
    /// What is asked, such as `size`.
    public var name: String
    /// The names of the series, the one that the others are compared with first.
    public var series: [String]

    /// Creates a contrast.
    public init(name: String, series: [String]) {
      self.name = name
      self.series = series
    }
  }

  /// What the study is called.
  public var name: String
  /// The series; at least one.
  public var series: [Series]
  /// Folders with task files.
  public var taskPaths: [String]
  /// Folders with data sets.
  public var dataPaths: [String] = []
  /// By whose rules tasks are run.
  public var rules: EvaluationProtocol = .harness
  /// The axes on which forgetting is measured; at least one.
  public var axes: [Axis]
  /// The tasks that the stages teach.
  public var newTasks: [String]
  /// How many solved examples stand before each item; `nil` as the task files say.
  public var fewshotCount: Int?
  /// The largest number of items of each task; `nil` for all.
  public var limit: Int?
  /// How many items of each task are drawn, the same ones in every run; `nil` for all.
  public var sampleSize: Int?
  /// The metric that counts, by task; of others it is the one that is shown first.
  public var metrics: [String: String] = [:]
  /// How much memory scoring may use, in bytes; `nil` for half of the machine's.
  public var memoryByteCount: Int?
  /// What is put back; `nil` for nothing.
  public var restoration: RestorationPlan?
  /// Which series are compared with each other.
  public var contrasts: [Contrast] = []

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
