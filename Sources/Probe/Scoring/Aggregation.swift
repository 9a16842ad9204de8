import Core
import Foundation

/// How the scores of all items become one number, named as in task files.
///
/// The formulas are those of lm-evaluation-harness 0.4.13 (`lm_eval/api/metrics.py`).
enum Aggregation: Sendable {
  /// Σ score / n.
  case mean
  /// The middle one; of an even number the upper of the two in the middle.
  case median
  /// The mean of those that are numbers.
  case meanOfNumbers
  /// exp(-Σ log-likelihood / n).
  case perplexity
  /// exp(-Σ log-likelihood / Σ weight).
  case weightedPerplexity
  /// -Σ log-likelihood / Σ weight / ln 2.
  case bitsPerByte
  /// F1 of class 1.
  case f1
  /// Matthews' correlation coefficient.
  case matthews
  /// The mean squared distance between the probabilities and the right choice's 1 and the others' 0.
  case brier
  /// A metric of all texts together.
  case texts(CorpusTextMetric)
  /// A function of the program.
  case native(NativeFunction)

  private static let named: KeyValuePairs<String, Aggregation> = [
    "mean": .mean, "median": .median, "nanmean": .meanOfNumbers, "perplexity": .perplexity,
    "weighted_perplexity": .weightedPerplexity, "bits_per_byte": .bitsPerByte, "f1": .f1,
    "matthews_corrcoef": .matthews, "brier_score": .brier, "bleu": .texts(.bleu),
    "chrf": .texts(.chrf), "chrf++": .texts(.chrfWithWords), "ter": .texts(.ter),
  ]

  /// The names that task files may use.
  static var names: [String] { named.map(\.key) }

  /// The aggregation of a name.
  init?(name: String) {
    guard let found = Self.named.first(where: { $0.key == name }) else { return nil }
    self = found.value
  }

  /// One number of the scores of all items; NaN where the scores do not allow one.
  func value(_ scores: [ItemScore]) -> Double { statistic(of: scores)(Array(scores.indices)) }

  /// The standard error of the value; `nil` where lm-eval gives none.
  ///
  /// - Parameters:
  ///   - scores: The scores of at least two items.
  ///   - workGroup: The threads that draw.
  /// - Returns: The standard error.
  func standardError(_ scores: [ItemScore], workGroup: WorkGroup) -> Double? {
    switch self {
    case .mean:
      let count = Double(scores.count)
      let numbers = scores.map(\.number)
      let mean = numbers.reduce(0, +) / count
      let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / (count - 1)).squareRoot() / count.squareRoot()
    case .weightedPerplexity, .bitsPerByte, .brier, .native: return nil
    case .median, .meanOfNumbers, .perplexity, .f1, .matthews, .texts:
      return HarnessBootstrap.standardError(
        count: scores.count, iterations: drawCount, workGroup: workGroup,
        statistic: statistic(of: scores))
    }
  }

  private var drawCount: Int {
    if case .texts = self { return HarnessBootstrap.drawCountOfTexts }
    return HarnessBootstrap.drawCount
  }

  /// The value over items at some positions, each as often as it is named.
  private func statistic(of scores: [ItemScore]) -> @Sendable ([Int]) -> Double {
    switch self {
    case .mean: return Self.mean(of: scores.map(\.number))
    case .median:
      let numbers = scores.map(\.number)
      return { indices in indices.map { numbers[$0] }.sorted()[indices.count / 2] }
    case .meanOfNumbers:
      let numbers = scores.map(\.number)
      return { indices in
        let own = indices.map { numbers[$0] }.filter { !$0.isNaN }
        return own.reduce(0, +) / Double(own.count)
      }
    case .perplexity:
      let mean = Self.mean(of: scores.map(\.number))
      return { exp(-mean($0)) }
    case .weightedPerplexity:
      let mean = Self.weightedMean(of: scores)
      return { exp(-mean($0)) }
    case .bitsPerByte:
      let mean = Self.weightedMean(of: scores)
      return { -mean($0) / log(2) }
    case .f1:
      let pairs = ClassPairs(scores.compactMap(\.classes))
      return { pairs.isBinary ? pairs.f1(at: $0) : .nan }
    case .matthews:
      let pairs = ClassPairs(scores.compactMap(\.classes))
      return { pairs.matthewsCorrelation(at: $0) }
    case .brier: return Self.mean(of: scores.map(\.squaredDistance))
    case .texts(let metric):
      let texts = scores.compactMap(\.texts)
      let counts = metric.counts(of: texts.map(\.prediction), references: texts.map(\.references))
      return { metric.score(of: counts, at: $0) }
    case .native(let function):
      guard case .aggregation(let body) = function.body else { return { _ in .nan } }
      return { indices in body(indices.map { scores[$0] }) }
    }
  }

  private static func mean(of numbers: [Double]) -> @Sendable ([Int]) -> Double {
    { indices in
      var sum = 0.0
      for index in indices { sum += numbers[index] }
      return sum / Double(indices.count)
    }
  }

  private static func weightedMean(of scores: [ItemScore]) -> @Sendable ([Int]) -> Double {
    let pairs = scores.map(\.weighted)
    return { indices in
      let sums = indices.reduce((0.0, 0.0)) { ($0.0 + pairs[$1].0, $0.1 + pairs[$1].1) }
      return sums.0 / sums.1
    }
  }
}

extension ItemScore {
  /// The score as a number; NaN where it is none.
  fileprivate var number: Double {
    if case .number(let value) = self { return value }
    return .nan
  }

  fileprivate var weighted: (Double, Double) {
    if case .weighted(let value, let weight) = self { return (value, weight) }
    return (.nan, .nan)
  }

  fileprivate var classes: (gold: Int, prediction: Int)? {
    if case .classified(let gold, let prediction) = self { return (gold, prediction) }
    return nil
  }

  fileprivate var texts: (references: [String], prediction: String)? {
    if case .texts(let references, let prediction) = self { return (references, prediction) }
    return nil
  }

  /// The squared distance of the probabilities from 1 for the right choice and 0 for the others.
  fileprivate var squaredDistance: Double {
    guard case .distribution(let gold, let probabilities) = self else { return .nan }
    return probabilities.enumerated().reduce(0) { sum, choice in
      let distance = choice.element - (choice.offset == gold ? 1 : 0)
      return sum + distance * distance
    }
  }
}
