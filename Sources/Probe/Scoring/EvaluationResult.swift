public import Inference

/// The scores of one model on the tasks of a run.
public struct EvaluationResult: Sendable, Equatable {
  /// One result for each task, in the order of the run.
  public let tasks: [TaskResult]
  /// One result for each group, inner groups first.
  public let groups: [GroupResult]
  /// What it took.
  public let work: ScoringWork

  /// How many items were scored.
  public var itemCount: Int { tasks.reduce(0) { $0 + $1.items.count } }

  /// How many requests were longer than the model's context and lost their start.
  public var shortenedRequestCount: Int {
    tasks.reduce(0) { sum, task in
      task.items.reduce(sum) { $0 + $1.answers.count { $0.droppedTokenCount > 0 } }
    }
  }
}

/// The scores of one model on one task.
public struct TaskResult: Sendable, Equatable {
  /// The task's name.
  public let name: String
  /// The name under which it is shown.
  public let alias: String
  /// The metrics that the task asks for.
  public let metrics: [MetricResult]
  /// One result for each item, in the order of the data.
  public let items: [ItemResult]
  /// The accuracy that guessing gives: the mean over the items of right choices / choices.
  public let chance: Double
  /// How many solved examples stood before each item.
  public let shotCount: Int

  init(_ task: Evaluation.PreparedTask, items: [ItemResult]) {
    name = task.task.name
    alias = task.task.alias
    let asked = task.task.configuration.metrics
    metrics = Metric.allCases.compactMap { metric in
      asked.first { $0.metric == metric }.map {
        MetricResult(metric, isHigherBetter: $0.isHigherBetter, items: items)
      }
    }
    self.items = items
    chance = task.items.reduce(0) { $0 + $1.chance } / Double(task.items.count)
    shotCount = task.shotCount
  }

  /// The result of a metric, if the task asks for it.
  public func metric(_ metric: Metric) -> MetricResult? {
    metrics.first { $0.name == metric.rawValue }
  }
}
