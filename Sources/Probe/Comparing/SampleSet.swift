import Core
import OrderedCollections

/// What one checkpoint made of every item of its tasks, as far as a comparison needs it.
public struct SampleSet: Sendable {
  /// Where it was read, as the user wrote it.
  public let path: String
  /// The checkpoint's name.
  public let name: String
  /// The items of each task and filter, in the order of the tasks.
  public let tasks: [TaskSamples]
  /// The groups that have scores, with the tasks below them.
  public let groups: [SampleGroup]

  /// Creates a set from its parts.
  init(path: String, name: String, tasks: [TaskSamples], groups: [SampleGroup]) {
    self.path = path
    self.name = name
    self.tasks = tasks
    self.groups = groups
  }

  /// The items of a task behind a filter.
  func samples(of task: String, filter: String) -> TaskSamples? {
    tasks.first { $0.task == task && $0.filter == filter }
  }
}

/// The items of a task behind one filter of its answers.
public struct TaskSamples: Sendable {
  /// The task's name.
  let task: String
  /// The name under which it is shown.
  let alias: String
  /// The filter's name; `none` where the task names none.
  let filter: String
  /// The task's metrics, the one that it names first first.
  let metrics: [SampleMetric]
  /// The items in the order of the file.
  let samples: [Sample]

  /// The place of the metric that is shown first: the accuracy, or the first one of a task without.
  var mainPlace: Int { Metric.mainPlace(among: metrics.map(\.name)) ?? 0 }
}

/// A metric of a task.
struct SampleMetric: Sendable, Equatable {
  /// The metric's name, such as `acc`.
  let name: String
  /// How one number is made of those of all items; `nil` for a way that is not known.
  let aggregation: SumAggregation?
  /// Whether more is better.
  let isHigherBetter: Bool
}

/// A group of tasks and the metrics that it has.
public struct SampleGroup: Sendable, Equatable {
  /// The group's name.
  let name: String
  /// The name under which it is shown.
  let alias: String
  /// The names of all tasks below it.
  let tasks: [String]
  /// What it reports for each metric and filter, such as `acc,none`.
  let values: [String: Double]
}

/// One item.
struct Sample: Sendable {
  /// By which the same item is found in another set.
  let documentHash: String
  /// By which the same prompt is.
  let promptHash: String
  /// What it shares with other items, such as a passage; `nil` for nothing.
  let cluster: String?
  /// What was answered, in a form that tells whether two answers are the same; `nil` where there
  /// is nothing to choose.
  let answer: String?
  /// The log-likelihood of each choice; `nil` where there is none.
  let logLikelihoods: [Double]?
  /// One score for each metric of the task; `nil` for one that cannot be read.
  let scores: [ItemScore?]

  /// The fields of a data set that several items may share.
  private static let sharedFields = ["passage", "article", "paragraph", "story", "context"]

  /// What a document shares with others: its passage, or whatever a data set calls it.
  static func cluster(of document: OrderedDictionary<String, JSONValue>) -> String? {
    sharedFields.lazy.compactMap { document[$0]?.string }.first
  }

  /// A number for each cluster; `nil` where no two items share one.
  static func clusterNumbers(_ clusters: [String?]) -> [Int]? {
    var numbers: [String: Int] = [:]
    let all = clusters.enumerated().map { index, cluster in
      // What shares nothing is a cluster of its own.
      let name = cluster.map { "c\($0)" } ?? "i\(index)"
      if let number = numbers[name] { return number }
      numbers[name] = numbers.count
      return numbers.count - 1
    }
    return numbers.count < clusters.count && numbers.count > 1 ? all : nil
  }
}
