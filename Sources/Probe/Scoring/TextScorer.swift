import Core
import OrderedCollections

/// Scores a text that a model made by one metric.
struct TextScorer {
  private let metric: Metric
  private let definition: MetricDefinition

  init(_ metric: Metric, _ definition: MetricDefinition) {
    self.metric = metric
    self.definition = definition
  }

  /// What the metric makes of an answer; where several texts would be right, the best of them counts.
  ///
  /// - Throws: `InputError` for arguments of the metric that are wrong.
  func score(_ answer: String, _ references: [String]) throws -> ItemScore? {
    switch metric {
    case .exactMatch:
      let rule = try ExactMatch(definition.arguments)
      return .number(references.contains { rule.matches(answer, $0) } ? 1 : 0)
    case .bleu, .chrf, .chrfWords, .ter: return .texts(references: references, prediction: answer)
    case .rouge1: return rouge(.rouge1, answer, references)
    case .rouge2: return rouge(.rouge2, answer, references)
    case .rougeL: return rouge(.rougeL, answer, references)
    case .rougeLines: return rouge(.rougeLsum, answer, references)
    default: return nil
    }
  }

  private func rouge(_ kind: ROUGE.Kind, _ answer: String, _ references: [String]) -> ItemScore? {
    guard !references.isEmpty else { return nil }
    let score = ROUGE.score(
      kind, prediction: answer, references: references,
      stemming: definition.arguments["use_stemmer"]?.bool ?? false)
    return .number(score.fMeasure)
  }
}

extension ExactMatch {
  /// Reads what an entry of `metric_list` says beside the metric.
  fileprivate init(_ arguments: OrderedDictionary<String, JSONValue>) throws(InputError) {
    try self.init(
      regexesToIgnore: (arguments["regexes_to_ignore"]?.array ?? []).compactMap(\.string),
      ignoresCase: arguments["ignore_case"]?.bool ?? false,
      ignoresPunctuation: arguments["ignore_punctuation"]?.bool ?? false,
      ignoresNumbers: arguments["ignore_numbers"]?.bool ?? false)
  }
}
