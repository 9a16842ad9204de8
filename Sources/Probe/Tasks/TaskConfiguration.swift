import Core
import OrderedCollections

/// What a task's keys mean, checked.
struct TaskConfiguration: Sendable {
  var name: String
  var alias: String
  var outputType: OutputType
  var data: DataReference
  var trainingSplit: String?
  var validationSplit: String?
  var testSplit: String?
  /// What makes the evaluated rows of the rows of a split.
  var rowFunction: NativeFunction?
  var text: JSONValue
  var target: JSONValue
  /// `nil` where items have no choices.
  var choices: JSONValue?
  /// What the answer begins with.
  var answerPrefix: JSONValue?
  var description: JSONValue?
  var targetDelimiter: String
  /// What stands between solved examples, and between the run's instruction and the description.
  var shotDelimiter: String
  var shotCount: Int?
  var shots: ShotConfiguration
  var generation: GenerationSettings
  /// What is made of the answers before they are scored; each filter has scores of its own.
  var filters: [ResponseFilter]
  /// What scores an item's answers instead of the metrics themselves.
  var resultFunction: NativeFunction?
  /// The metrics, in the order of the file.
  var metrics: [MetricDefinition]
  /// How often each request is put to the model.
  var repeats: Int
  /// The keys as they stand in the files.
  let source: TaskSource
}

/// What is asked about an item.
enum OutputType: String, CaseIterable, Sendable {
  /// How likely each choice is.
  case multipleChoice = "multiple_choice"
  /// How likely the target is.
  case logLikelihood = "loglikelihood"
  /// How likely the whole target is, in windows.
  case rolling = "loglikelihood_rolling"
  /// How the text goes on.
  case generation = "generate_until"
}

/// Where a task's rows lie.
enum DataReference: Sendable {
  /// Files by their split, beside the task file, of `json` or `csv`.
  case files(OrderedDictionary<String, [String]>)
  /// A data set by the name that it has on the Hugging Face hub, in the data folders.
  case named(path: String, name: String?)
}

/// How an answer is generated: always by the likeliest token.
struct GenerationSettings: Sendable {
  /// Texts that end the answer.
  var stops: [String]
  var maximumTokenCount: Int
  /// All arguments, as results record them.
  var arguments: OrderedDictionary<String, JSONValue>
}

/// A metric that a task asks for.
struct MetricDefinition: Sendable {
  var name: String
  var aggregation: Aggregation
  var isHigherBetter: Bool
  /// What else the entry of `metric_list` says, such as `ignore_case`.
  var arguments: OrderedDictionary<String, JSONValue> = [:]
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
  var rowFunction: NativeFunction?
  /// Examples that stand in the task file itself.
  var samples: [OrderedDictionary<String, JSONValue>]?
  var text: JSONValue
  var target: JSONValue
  var choices: JSONValue?
  var answerPrefix: JSONValue?
  var targetDelimiter: String
  var shotDelimiter: String
}
