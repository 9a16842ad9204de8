import Core
import OrderedCollections

/// What a task's keys mean, checked.
struct TaskConfiguration: Sendable {
  /// The metrics that exist for multiple choice, in the order in which they are reported.
  var metrics: [(metric: Metric, isHigherBetter: Bool)]
  var name: String
  var alias: String
  var dataFiles: OrderedDictionary<String, [String]>
  var trainingSplit: String?
  var validationSplit: String?
  var testSplit: String?
  var text: JSONValue
  var target: JSONValue
  var choices: JSONValue
  var description: String
  var targetDelimiter: String
  var shotCount: Int?
  var shots: ShotConfiguration
  /// The keys as they stand in the files.
  let source: TaskSource
}

/// How the solved examples before an item are chosen and written.
struct ShotConfiguration: Sendable {
  /// How examples are chosen.
  enum Sampler: String, CaseIterable, Sendable {
    /// Drawn at random, anew for every item.
    case random = "default"
    /// The first ones in file order.
    case first = "first_n"
  }

  var sampler: Sampler
  var split: String?
  /// Examples that stand in the task file itself.
  var samples: [OrderedDictionary<String, JSONValue>]?
  var text: JSONValue
  var target: JSONValue
  var choices: JSONValue
  var targetDelimiter: String
  var shotDelimiter: String
}
