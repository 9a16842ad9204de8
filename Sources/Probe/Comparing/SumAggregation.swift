import Foundation

/// How lm-eval makes one number of the scores of all items, where that can be done from sums, so
/// that a bootstrap only adds.
enum SumAggregation: Sendable, Equatable {
  case mean
  /// e to the power of minus the mean.
  case perplexity
  /// e to the power of minus the quotient of two sums.
  case weightedPerplexity
  /// Minus the quotient of two sums in bits.
  case bitsPerByte
  /// Minus the quotient of two sums: the loss per token.
  case loss
  /// F1 of class 1.
  case f1
  /// Matthews' correlation.
  case matthewsCorrelation
  /// A metric of texts.
  case texts(CorpusTextMetric)

  /// The aggregation that a task file calls so, else the one that lm-eval takes for a metric.
  ///
  /// - Parameters:
  ///   - name: What the task file says; `nil` for nothing.
  ///   - metric: The metric's name.
  /// - Returns: The aggregation; `nil` for a name that is not known.
  static func named(_ name: String?, metric: String) -> SumAggregation? {
    if metric == lossMetric { return .loss }
    return switch name ?? defaultName(of: metric) {
    // The mean over items without a value is that over the others.
    case "mean", "nanmean", "brier_score": .mean
    case "perplexity": .perplexity
    case "weighted_perplexity": .weightedPerplexity
    case "bits_per_byte": .bitsPerByte
    case "f1": .f1
    case "matthews_corrcoef": .matthewsCorrelation
    case let other: CorpusTextMetric(rawValue: other).map(Self.texts)
    }
  }

  /// The metric of texts of a user's own, whose aggregation is a function of the program.
  static let lossMetric = "loss_per_token"

  private static func defaultName(of metric: String) -> String {
    switch metric {
    case "word_perplexity", "byte_perplexity": "weighted_perplexity"
    case "perplexity", "bits_per_byte", "f1", "bleu", "chrf", "chrf++", "ter": metric
    case "mcc": "matthews_corrcoef"
    default: "mean"
    }
  }

  /// What is added up for an item, `nil` for a score of another kind; metrics of classes count
  /// `classCount` of them.
  func terms(of score: ItemScore, classCount: Int) -> [Double]? {
    switch (self, score) {
    case (.mean, .number(let value)), (.perplexity, .number(let value)): return [value, 1]
    case (.mean, .distribution(let gold, let probabilities)):
      // The Brier score: squared distances from certainty of what is right.
      let squares = probabilities.enumerated().map { choice, probability in
        let distance = probability - (choice == gold ? 1 : 0)
        return distance * distance
      }
      return [squares.reduce(0, +), 1]
    case (.weightedPerplexity, .weighted(let value, let weight)),
      (.bitsPerByte, .weighted(let value, let weight)),
      (.loss, .weighted(let value, let weight)):
      return [value, weight]
    case (.f1, .classified(let gold, let prediction)),
      (.matthewsCorrelation, .classified(let gold, let prediction)):
      guard (0..<classCount).contains(gold), (0..<classCount).contains(prediction) else {
        return nil
      }
      var cells = [Double](repeating: 0, count: classCount * classCount)
      cells[gold * classCount + prediction] = 1
      return cells
    case (.texts(let metric), .texts(let references, let prediction)):
      return references.isEmpty ? nil : metric.counts(of: prediction, references: references)
    default: return nil
    }
  }

  /// The value of what was added up; NaN where there is none.
  func value(of sums: some Collection<Double>) -> Double {
    let sums = Array(sums)
    return switch self {
    case .mean: sums[0] / sums[1]
    case .perplexity, .weightedPerplexity: exp(-sums[0] / sums[1])
    case .bitsPerByte: -sums[0] / sums[1] / M_LN2
    case .loss: -sums[0] / sums[1]
    case .f1: ClassTable(sums).f1
    case .matthewsCorrelation: ClassTable(sums).matthewsCorrelation
    case .texts(let metric): metric.score(of: sums)
    }
  }
}

/// How often each right class met each chosen one, row by row.
private struct ClassTable {
  private let cells: [Double]
  private let size: Int

  init(_ cells: [Double]) {
    self.cells = cells
    size = Int(Double(cells.count).squareRoot().rounded())
  }

  private func row(_ index: Int) -> Double {
    (0..<size).reduce(0) { $0 + cells[index * size + $1] }
  }

  private func column(_ index: Int) -> Double {
    (0..<size).reduce(0) { $0 + cells[$1 * size + index] }
  }

  var f1: Double {
    guard size > 1 else { return 0 }
    let all = row(1) + column(1)
    return all > 0 ? 2 * cells[size + 1] / all : 0
  }

  var matthewsCorrelation: Double {
    let count = cells.reduce(0, +)
    let right = (0..<size).reduce(0) { $0 + cells[$1 * size + $1] }
    var products = (both: 0.0, gold: 0.0, called: 0.0)
    for index in 0..<size {
      products.both += row(index) * column(index)
      products.gold += row(index) * row(index)
      products.called += column(index) * column(index)
    }
    let spread = (count * count - products.called) * (count * count - products.gold)
    return spread == 0 ? 0 : (right * count - products.both) / spread.squareRoot()
  }
}
