import Core
import Inference
import OrderedCollections
import Templates

/// One line of the samples: an item as one of the task's filters left it.
///
/// All leaves of the answers are texts, as Python prints them.
struct SampleLine {
  private let configuration: TaskConfiguration
  private let item: PreparedItem
  private let result: ItemResult
  private let filter: Int

  init(
    _ configuration: TaskConfiguration, _ item: PreparedItem, _ result: ItemResult, filter: Int
  ) {
    self.configuration = configuration
    self.item = item
    self.result = result
    self.filter = filter
  }

  private var scored: ItemResult.Scored { result.scored[filter] }

  /// The line as a value.
  var document: JSONValue {
    var sample: OrderedDictionary<String, JSONValue> = [
      "doc_id": .integer(item.index), "doc": .object(item.row.fields),
      "target": .string(item.target), "arguments": arguments,
      "resps": .array(result.answers.map(responses)), "filtered_resps": filteredResponses,
      "filter": .string(scored.filter),
      "metrics": .array(scored.scores.keys.map { .string($0) }),
      "doc_hash": .string(item.hashes.document), "prompt_hash": .string(item.hashes.prompt),
      "target_hash": .string(item.hashes.target),
    ]
    for (name, score) in scored.scores { sample[name] = value(of: score, metric: name) }
    return .object(sample)
  }

  private var arguments: JSONValue {
    .object(
      item.requests.enumerated().reduce(into: [:]) { all, request in
        all["gen_args_\(request.offset)"] = arguments(of: request.element)
      })
  }

  private func arguments(of request: ItemRequest) -> JSONValue {
    switch request {
    case .text(let request) where request.isRolling: ["arg_0": .string(request.continuation)]
    case .text(let request):
      ["arg_0": .string(request.context), "arg_1": .string(request.continuation)]
    case .generation(let request):
      [
        "arg_0": .string(request.context), "arg_1": .object(configuration.generation.arguments),
      ]
    }
  }

  /// What the model said to a request, once for each time it was asked.
  private func responses(_ answer: ItemAnswer) -> JSONValue {
    .array(Array(repeating: response(answer), count: configuration.repeats))
  }

  private func response(_ answer: ItemAnswer) -> JSONValue {
    switch answer {
    case .text(let text): .string(text.text)
    case .logLikelihood(let value) where configuration.outputType == .rolling:
      .string(PythonText.repr(value.value))
    case .logLikelihood(let value):
      .array([
        .string(PythonText.repr(value.value)), .string(value.isGreedy ? "True" : "False"),
      ])
    }
  }

  private var filteredResponses: JSONValue {
    configuration.outputType == .generation
      ? .array(scored.responses.map { .string($0) }) : .array(result.answers.map(response))
  }

  private func value(of score: ItemScore, metric: String) -> JSONValue {
    switch score {
    case .number(let value) where isWhole(metric): .integer(Int(value))
    case .number(let value): .number(value)
    case .weighted(let value, let weight):
      .array([
        .number(value),
        weight == weight.rounded() && weight.magnitude < 1e15
          ? .integer(Int(weight)) : .number(weight),
      ])
    case .classified(let gold, let prediction): .array([.integer(gold), .integer(prediction)])
    case .distribution(let gold, let probabilities):
      .array([.integer(gold), .array(probabilities.map { .number($0) })])
    case .texts(let references, let prediction):
      .array([
        references.count == 1
          ? .string(references[0]) : .array(references.map { .string($0) }), .string(prediction),
      ])
    }
  }

  /// Whether lm-eval writes a metric's 0 and 1 as whole numbers.
  private func isWhole(_ metric: String) -> Bool {
    guard configuration.resultFunction == nil else { return false }
    switch Metric(rawValue: metric) {
    case .accuracy: return configuration.outputType == .logLikelihood
    case .exactMatch: return configuration.outputType == .multipleChoice
    default: return false
    }
  }
}
