import Core
public import Inference
import OrderedCollections

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
    tasks.reduce(0) { sum, task in task.items.reduce(sum) { $0 + $1.shortenedRequestCount } }
  }
}

/// The scores of one model on one task.
public struct TaskResult: Sendable, Equatable {
  /// The task's name.
  public let name: String
  /// The name under which it is shown.
  public let alias: String
  /// The metrics, filter by filter.
  public let metrics: [MetricResult]
  /// One result for each item, in the order of the data.
  public let items: [ItemResult]
  /// The number of the cluster of each item, such as its passage; `nil` where no two items share one.
  public let clusters: [Int]?
  /// The accuracy that guessing gives: the mean over the items of right choices / choices; `nil`
  /// where there are no choices.
  public let chance: Double?
  /// How many solved examples stood before each item.
  public let shotCount: Int

  init(_ task: Evaluation.PreparedTask, items: [ItemResult], workGroup: WorkGroup) {
    let configuration = task.task.configuration
    name = task.task.name
    alias = task.task.alias
    metrics = configuration.filters.flatMap { filter in
      Self.metrics(configuration, filter.name, items, workGroup)
    }
    self.items = items
    clusters =
      items.count == task.items.count
      ? Sample.clusterNumbers(task.items.map { Sample.cluster(of: $0.row.fields) }) : nil
    let chances = task.items.compactMap(\.chance)
    chance =
      chances.count == task.items.count
      ? chances.reduce(0, +) / Double(task.items.count) : nil
    shotCount = task.shotCount
  }

  /// The metrics of one filter, in the order in which the items name them.
  private static func metrics(
    _ configuration: TaskConfiguration, _ filter: String, _ items: [ItemResult],
    _ workGroup: WorkGroup
  ) -> [MetricResult] {
    var scores: OrderedDictionary<String, [ItemScore]> = [:]
    for item in items {
      guard let own = item.scored.first(where: { $0.filter == filter }) else { continue }
      for (name, score) in own.scores { scores[name, default: []].append(score) }
    }
    return scores.map { name, scores in
      // A function may give more than the task names; lm-eval takes their means.
      let definition =
        configuration.metrics.first { $0.name == name }
        ?? MetricDefinition(name: name, aggregation: .mean, isHigherBetter: true)
      return MetricResult(definition, filter: filter, scores: scores, workGroup: workGroup)
    }
  }

  /// The result of a metric, if the task has it.
  ///
  /// - Parameters:
  ///   - name: The metric's name, such as `acc`.
  ///   - filter: The filter's name; `nil` for the first one that has the metric.
  /// - Returns: The result.
  public func metric(_ name: String, filter: String? = nil) -> MetricResult? {
    metrics.first { $0.name == name && (filter == nil || $0.filter == filter) }
  }
}
