import Core
import Inference
import OrderedCollections
import Templates

/// Scores the answers to a task's items, as `process_results` of lm-eval does.
struct ItemScorer {
  private let configuration: TaskConfiguration
  private let metrics: [(metric: Metric, definition: MetricDefinition)]

  init(_ configuration: TaskConfiguration) {
    self.configuration = configuration
    metrics = configuration.metrics.compactMap { definition in
      Metric(rawValue: definition.name).map { ($0, definition) }
    }
  }

  /// What a model made of an item.
  ///
  /// - Throws: `InputError` if a log-likelihood is not a number, or a filter or function cannot be
  ///   applied to the row.
  func result(_ item: PreparedItem, _ answers: [ItemAnswer]) throws -> ItemResult {
    try requireNumbers(item, answers)
    let scored = try configuration.filters.map { filter in
      let filtered = try answers.map { try self.filtered($0, filter, item.row) }
      return ItemResult.Scored(
        filter: filter.name, responses: filtered.compactMap(\.generatedText),
        scores: try scores(item, filtered))
    }
    return ItemResult(
      item, answers, prediction: Choices(item, answers)?.likeliest, scored: scored)
  }

  private func requireNumbers(_ item: PreparedItem, _ answers: [ItemAnswer]) throws {
    guard answers.contains(where: { $0.logLikelihoodValue?.value.isNaN ?? false }) else { return }
    throw InputError(
      place: "task '\(configuration.name)': item \(item.index)",
      "a log-likelihood is not a number",
      hint: "the checkpoint may hold values that are infinite or not numbers")
  }

  /// An answer as a filter leaves it; the likeliest tokens are the same every time, so repetitions are
  /// copies.
  private func filtered(
    _ answer: ItemAnswer, _ filter: ResponseFilter, _ row: DataSplit.Row
  ) throws -> ItemAnswer {
    guard case .text(var text) = answer else { return answer }
    text.text = try filter.apply(
      to: Array(repeating: text.text, count: configuration.repeats), row)
    return .text(text)
  }

  // MARK: Scores

  private func scores(
    _ item: PreparedItem, _ answers: [ItemAnswer]
  ) throws -> OrderedDictionary<String, ItemScore> {
    if let function = configuration.resultFunction {
      guard case .scores(let body) = function.body else {
        throw configuration.source.error(
          key: "process_results", "'\(function.name)' scores no answers")
      }
      return try body(item.row, answers)
    }
    switch configuration.outputType {
    case .multipleChoice: return Choices(item, answers).map(choiceScores) ?? [:]
    case .logLikelihood:
      return answers.first?.logLikelihoodValue.map(targetScores) ?? [:]
    case .rolling: return answers.first?.logLikelihoodValue.map { rollingScores(item, $0) } ?? [:]
    case .generation:
      return try answers.first?.generatedText.map { try textScores(item, $0) } ?? [:]
    }
  }

  private func scores(
    _ score: (Metric, MetricDefinition) throws -> ItemScore?
  ) rethrows -> OrderedDictionary<String, ItemScore> {
    try metrics.reduce(into: [:]) { $0[$1.definition.name] = try score($1.metric, $1.definition) }
  }

  private func choiceScores(_ choices: Choices) -> OrderedDictionary<String, ItemScore> {
    let found = scores { metric, _ in choices.score(metric) }
    // lm-eval's own order, whatever that of the task is.
    return Metric.choiceOrder.reduce(into: [:]) { $0[$1.rawValue] = found[$1.rawValue] }
  }

  private func targetScores(_ answer: LogLikelihood) -> OrderedDictionary<String, ItemScore> {
    let found = scores { metric, _ in
      switch metric {
      case .perplexity: .number(answer.value)
      case .accuracy: .number(answer.isGreedy ? 1 : 0)
      default: nil
      }
    }
    return [Metric.perplexity, .accuracy].reduce(into: [:]) { $0[$1.rawValue] = found[$1.rawValue] }
  }

  private func rollingScores(
    _ item: PreparedItem, _ answer: LogLikelihood
  ) -> OrderedDictionary<String, ItemScore> {
    let words = Double(Self.wordCount(item.target))
    let bytes = Double(item.target.utf8.count)
    return [Metric.wordPerplexity, .bytePerplexity, .bitsPerByte].reduce(into: [:]) { all, metric in
      guard metrics.contains(where: { $0.metric == metric }) else { return }
      all[metric.rawValue] = .weighted(
        answer.value, weight: metric == .wordPerplexity ? words : bytes)
    }
  }

  /// How many pieces runs of white space cut a text into, empty ones at its ends included (Python's
  /// `re.split(r"\s+", text)`).
  static func wordCount(_ text: String) -> Int {
    var count = 1
    var wasSpace = false
    for scalar in text.unicodeScalars {
      let isSpace = PythonText.isSpace(scalar)
      if isSpace && !wasSpace { count += 1 }
      wasSpace = isSpace
    }
    return count
  }

  private func textScores(
    _ item: PreparedItem, _ answer: String
  ) throws -> OrderedDictionary<String, ItemScore> {
    try scores { metric, definition in
      try TextScorer(metric, definition).score(answer, item.references)
    }
  }
}

extension ItemAnswer {
  /// The log-likelihood, if the answer is one.
  var logLikelihoodValue: LogLikelihood? {
    guard case .logLikelihood(let value) = self else { return nil }
    return value
  }

  /// The text, if the answer is one.
  var generatedText: String? {
    guard case .text(let value) = self else { return nil }
    return value.text
  }
}

extension Metric {
  /// The order in which lm-eval writes the metrics of choices.
  fileprivate static let choiceOrder: [Metric] = [
    .accuracy, .f1, .matthewsCorrelation, .accuracyPerCharacter, .accuracyPerByte, .exactMatch,
    .brierScore, .accuracyByMutualInformation,
  ]
}
