import Core
import Foundation
import OrderedCollections
import Templates
import TestSupport
import Testing

@testable import Probe

/// Metrics of texts and classes against the packages that define them.
@Suite struct TextMetricTests {
  private let golden: JSONValue

  init() throws { golden = try Golden.document("metrics.json") }

  private struct Item {
    let prediction: String
    let references: [String]
    let source: String
    let values: JSONValue

    init(_ values: JSONValue) throws {
      prediction = try #require(values["prediction"]?.string)
      references = try #require(values["references"]?.array).compactMap(\.string)
      source = try #require(values["source"]?.string)
      self.values = values
    }

    func number(_ key: String) throws -> Double { try #require(values[key]?.double) }
  }

  private func items() throws -> [Item] {
    let items = try #require(golden["items"]?.array).map(Item.init)
    try #require(items.count > 60)
    return items
  }

  private func isNear(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-9 * max(1, abs(expected))
  }

  @Test func tokensAreThoseOf13a() throws {
    for item in try items() {
      let tokens = MtevalTokenizer.tokens(PythonString.strip(item.prediction, .trailing))
      let expected = try #require(item.values["tokens"]?.string)
      #expect(tokens.joined(separator: " ").utf8.elementsEqual(expected.utf8), "\(expected)")
    }
  }

  @Test(arguments: CorpusTextMetric.allCases)
  func textsHaveTheValueOfSacrebleu(metric: CorpusTextMetric) throws {
    for item in try items() {
      let found = metric.score(of: [item.prediction], references: [item.references])
      let expected = try item.number(metric.rawValue)
      #expect(isNear(found, expected), "\(metric) of \(item.prediction): \(found), \(expected)")
    }
  }

  @Test(arguments: CorpusTextMetric.allCases)
  func allTextsTogetherHaveTheValueOfSacrebleu(metric: CorpusTextMetric) throws {
    let items = try items()
    let found = metric.score(
      of: items.map(\.prediction), references: items.map(\.references))
    let expected = try #require(golden["corpus"]?[metric.rawValue]?.double)
    #expect(isNear(found, expected), "\(found), \(expected)")
  }

  @Test func sariIsThatOfEvaluate() throws {
    for item in try items() {
      let found = SARI.score(
        of: item.prediction, source: item.source, references: item.references)
      #expect(isNear(found, try item.number("sari")), "\(item.source) -> \(item.prediction)")
    }
  }

  @Test(arguments: [("rouge", false), ("rouge_of_stems", true)])
  func rougeIsThatOfRougeScore(key: String, stemming: Bool) throws {
    for item in try items() {
      for kind in ROUGE.Kind.allCases {
        let score = ROUGE.score(
          kind, prediction: item.prediction, references: item.references, stemming: stemming)
        let expected = try #require(item.values[key]?[kind.rawValue]?.numbers)
        let found = [score.precision, score.recall, score.fMeasure]
        #expect(found == expected, "\(kind) of \(item.prediction)")
      }
    }
  }

  @Test func stemsAreThoseOfNLTK() throws {
    let stems = try #require(golden["stems"]?.object)
    #expect(stems.count > 90)
    for (word, stem) in stems { #expect(PorterStemmer.stem(word) == stem.string, "\(word)") }
  }

  @Test func classMetricsAreThoseOfScikitLearn() throws {
    for example in try #require(golden["classes"]?.array) {
      let pairs = try #require(example["pairs"]?.array).map(\.integers)
      let classes = ClassPairs(pairs.map { (gold: $0[0], prediction: $0[1]) })
      let expected = example["f1"]?.double
      #expect(classes.isBinary == (expected != nil))
      if let expected { #expect(classes.f1 == expected, "\(pairs)") }
      #expect(classes.matthewsCorrelation == example["mcc"]?.double, "\(pairs)")
    }
  }

  @Test func exactMatchIsThatOfTheHarness() throws {
    for example in try #require(golden["exact_match"]?.array) {
      let match = try ExactMatch(
        regexesToIgnore: (example["regexes_to_ignore"]?.array ?? []).compactMap(\.string),
        ignoresCase: example["ignore_case"]?.bool ?? false,
        ignoresPunctuation: example["ignore_punctuation"]?.bool ?? false,
        ignoresNumbers: example["ignore_numbers"]?.bool ?? false)
      let isMatch = match.matches(
        try #require(example["prediction"]?.string), try #require(example["reference"]?.string))
      #expect((isMatch ? 1 : 0) == example["value"]?.double, "\(example)")
    }
  }

  @Test func brokenRegularExpressionIsRefused() {
    #expect(throws: InputError.self) { try ExactMatch(regexesToIgnore: ["("]) }
  }
}

/// Bootstrap errors against lm-eval's own function.
@Suite struct HarnessBootstrapTests {
  private let golden: JSONValue

  init() throws { golden = try #require(Golden.document("metrics.json")["bootstrap"]) }

  private func error(_ key: String) throws -> Double { try #require(golden[key]?.double) }

  private func pairs() throws -> ClassPairs {
    let pairs = try #require(golden["pairs"]?.array).map(\.integers)
    return ClassPairs(pairs.map { (gold: $0[0], prediction: $0[1]) })
  }

  private func standardError(
    _ count: Int, _ iterations: Int, threads: Int = 2,
    _ statistic: @Sendable ([Int]) -> Double
  ) -> Double? {
    HarnessBootstrap.standardError(
      count: count, iterations: iterations, workGroup: WorkGroup(threadCount: threads),
      statistic: statistic)
  }

  @Test(arguments: [1, 2, 5])
  func errorsHaveTheBitsOfTheHarness(threads: Int) throws {
    let values = try #require(golden["values"]?.numbers)
    let perplexity: @Sendable ([Int]) -> Double = { indices in
      exp(-(indices.reduce(0) { $0 + values[$1] } / Double(indices.count)))
    }
    let median: @Sendable ([Int]) -> Double = { indices in
      indices.map { values[$0] }.sorted()[indices.count / 2]
    }
    let count = values.count
    #expect(standardError(count, 3000, threads: threads, perplexity) == (try error("perplexity")))
    #expect(
      standardError(count, 50, threads: threads, perplexity)
        == (try error("perplexity_of_few_draws")))
    // Whole thousands only: 2,500 draws are 2,000.
    #expect(standardError(count, 2500, threads: threads, median) == (try error("median")))
    #expect(standardError(count, 1, threads: threads, median) == nil)
  }

  @Test func errorsOfClassMetricsAreThoseOfTheHarness() throws {
    let pairs = try pairs()
    let f1 = standardError(150, 100) { pairs.f1(at: $0) }
    #expect(abs(try #require(f1) - error("f1")) < 1e-12)
    let correlation = standardError(150, 100) { pairs.matthewsCorrelation(at: $0) }
    #expect(abs(try #require(correlation) - error("mcc")) < 1e-12)
  }

  @Test(arguments: [CorpusTextMetric.bleu, .chrf, .ter])
  func errorsOfTextMetricsAreThoseOfTheHarness(metric: CorpusTextMetric) throws {
    let items = try #require(Golden.document("metrics.json")["items"]?.array)
    let counts = metric.counts(
      of: items.compactMap { $0["prediction"]?.string },
      references: items.map { ($0["references"]?.array?.first?.string).map { [$0] } ?? [] })
    let found = standardError(counts.count, 10) { metric.score(of: counts, at: $0) }
    #expect(abs(try #require(found) - error(metric.rawValue)) < 1e-9)
  }
}
