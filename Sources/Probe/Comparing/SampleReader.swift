import Core
import Foundation
import OrderedCollections

/// Reads one file of samples: a line of JSON for each item and filter.
struct SampleReader {
  private let path: String
  private let task: String
  private let document: ResultsDocument?
  private let outputType: String?

  init(_ file: SampleFiles.Samples, _ document: ResultsDocument?) {
    path = file.path
    self.document = document
    task = document?.taskName(of: file.task) ?? file.task
    outputType = document?.outputType(of: task)
  }

  /// The items of each filter, in the order in which filters appear.
  ///
  /// - Throws: `InputError` with the row that is no sample.
  func read() throws -> [TaskSamples] {
    var filters: OrderedDictionary<String, (metrics: [SampleMetric], samples: [Sample])> = [:]
    var number = 0
    // Line by line: a document of all of them would take many times the file.
    let bytes = try MappedFile.contents(ofFile: path)
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
      let value: JSONValue
      do {
        value = try JSONValue(parsing: Array(line))
      } catch {
        throw InputError(path: path, place: "row \(number)", "\(error)")
      }
      try add(value, to: &filters, row: number)
    }
    guard !filters.isEmpty else { throw InputError(path: path, "there are no samples") }
    return filters.map { filter, found in
      TaskSamples(
        task: task, alias: document?.alias(of: task) ?? task, filter: filter,
        metrics: found.metrics, samples: found.samples)
    }
  }

  private func add(
    _ value: JSONValue,
    to filters: inout OrderedDictionary<String, (metrics: [SampleMetric], samples: [Sample])>,
    row: Int
  ) throws {
    let filter = value["filter"]?.string ?? "none"
    let names = (value["metrics"]?.array ?? []).compactMap(\.string)
    let metrics =
      filters[filter]?.metrics
      ?? names.map { name in
        document?.metric(name, of: task)
          ?? SampleMetric(
            name: name, aggregation: .named(nil, metric: name),
            isHigherBetter: SampleMetric.isUsuallyHigherBetter(name))
      }
    filters[filter, default: (metrics, [])].samples.append(
      try sample(value, metrics, row: row))
  }

  private func sample(_ value: JSONValue, _ metrics: [SampleMetric], row: Int) throws -> Sample {
    guard let document = value["doc_hash"]?.string, let prompt = value["prompt_hash"]?.string
    else {
      throw InputError(
        path: path, place: "row \(row)",
        "'doc_hash' and 'prompt_hash' are expected, as lm-eval writes them since 0.4.3")
    }
    let answers = value["filtered_resps"]?.array ?? []
    let likelihoods = choices(answers, metrics)
    return Sample(
      documentHash: document, promptHash: prompt,
      cluster: value["doc"]?.object.flatMap(Sample.cluster),
      answer: answer(answers, likelihoods), logLikelihoods: likelihoods,
      scores: metrics.map { Self.score(value[$0.name], $0.aggregation) })
  }

  // MARK: Answers

  /// The log-likelihood of each choice, where there were several.
  private func choices(_ answers: [JSONValue], _ metrics: [SampleMetric]) -> [Double]? {
    guard outputType.map({ $0 == "multiple_choice" }) ?? true else { return nil }
    var answers = answers[...]
    // Each choice by itself follows all choices after the context.
    if metrics.contains(where: { $0.name == "acc_mutual_info" }) {
      answers = answers.prefix(answers.count / 2)
    }
    let values = answers.compactMap { answer -> Double? in
      guard let parts = answer.array, parts.count == 2, Self.flag(parts[1]) != nil else {
        return nil
      }
      return parts[0].double ?? parts[0].string.flatMap(Double.init)
    }
    return values.count == answers.count && values.count > 1 ? values : nil
  }

  private func answer(_ answers: [JSONValue], _ likelihoods: [Double]?) -> String? {
    if let likelihoods {
      var best = 0
      for index in likelihoods.indices where likelihoods[index] > likelihoods[best] {
        best = index
      }
      return "\(best)"
    }
    if answers.count == 1, let parts = answers[0].array, parts.count == 2,
      let flag = Self.flag(parts[1])
    {
      return flag
    }
    return outputType == "generate_until" ? JSONValue.array(answers).serialized() : nil
  }

  /// `True` or `False`, which Python's values became.
  private static func flag(_ value: JSONValue) -> String? {
    if let flag = value.bool { return flag ? "True" : "False" }
    return value.string.flatMap { ["True", "False"].contains($0) ? $0 : nil }
  }

  // MARK: Scores

  private static func score(
    _ value: JSONValue?, _ aggregation: SumAggregation?
  ) -> ItemScore? {
    guard let value, let aggregation else { return nil }
    switch aggregation {
    case .mean, .perplexity:
      if let number = number(value) { return .number(number) }
      guard let pair = pair(value), let gold = pair.0.int else { return nil }
      let probabilities = probabilities(pair.1)
      return probabilities.isEmpty
        ? nil : .distribution(gold: gold, probabilities: probabilities)
    case .weightedPerplexity, .bitsPerByte, .loss:
      guard let pair = pair(value), let sum = number(pair.0), let weight = number(pair.1) else {
        return nil
      }
      return .weighted(sum, weight: weight)
    case .f1, .matthewsCorrelation:
      guard let pair = pair(value), let gold = pair.0.int, let chosen = pair.1.int else {
        return nil
      }
      return .classified(gold: gold, prediction: chosen)
    case .texts:
      guard let pair = pair(value), let text = texts(pair.1).first else { return nil }
      return .texts(references: texts(pair.0), prediction: text)
    }
  }

  private static func pair(_ value: JSONValue) -> (JSONValue, JSONValue)? {
    guard let parts = value.array, parts.count == 2 else { return nil }
    return (parts[0], parts[1])
  }

  private static func number(_ value: JSONValue) -> Double? {
    value.bool.map { $0 ? 1 : 0 } ?? value.double
  }

  /// A list of numbers, or one as numpy prints it: lm-eval writes no other.
  private static func probabilities(_ value: JSONValue) -> [Double] {
    if let numbers = value.array { return numbers.compactMap(number) }
    guard let text = value.string, text.hasPrefix("["), text.hasSuffix("]") else { return [] }
    let words = text.dropFirst().dropLast().split(whereSeparator: \.isWhitespace)
    let numbers = words.compactMap { Double($0) }
    return numbers.count == words.count ? numbers : []
  }

  private static func texts(_ value: JSONValue) -> [String] {
    value.string.map { [$0] } ?? (value.array ?? []).compactMap(\.string)
  }
}
