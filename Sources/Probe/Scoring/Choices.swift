import Foundation
import Inference

/// The choices of an item with what a model found them.
struct Choices {
  private let texts: [String]
  private let answers: [LogLikelihood]
  /// How likely the choices are without a context; empty where nobody asked.
  private let unconditional: [Double]
  private let gold: [Int]

  private var values: [Double] { answers.map(\.value) }

  /// Takes an item's answers apart; `nil` for an item without choices.
  init?(_ item: PreparedItem, _ answers: [ItemAnswer]) {
    let found = answers.compactMap(\.logLikelihoodValue)
    guard !item.choices.isEmpty, found.count >= item.choices.count else { return nil }
    texts = item.choices
    gold = item.gold
    self.answers = Array(found.prefix(item.choices.count))
    unconditional = found.dropFirst(item.choices.count).map(\.value)
  }

  /// The choice with the highest log-likelihood; of equals the first.
  var likeliest: Int { Self.firstMaximum(values) }

  /// What a metric makes of the item; `nil` for a metric of other tasks.
  func score(_ metric: Metric) -> ItemScore? {
    switch metric {
    case .accuracy: isRight(values)
    case .accuracyPerCharacter:
      isRight(zip(values, texts).map { $0 / Double($1.unicodeScalars.count) })
    case .accuracyPerByte: isRight(zip(values, texts).map { $0 / Double($1.utf8.count) })
    case .accuracyByMutualInformation: isRight(zip(values, unconditional).map { $0 - $1 })
    case .exactMatch: .number(gold.contains { answers[$0].isGreedy } ? 1 : 0)
    case .f1, .matthewsCorrelation:
      gold.first.map { .classified(gold: $0, prediction: likeliest) }
    case .brierScore: gold.first.map { .distribution(gold: $0, probabilities: probabilities) }
    default: nil
    }
  }

  private func isRight(_ values: [Double]) -> ItemScore {
    .number(gold.contains(Self.firstMaximum(values)) ? 1 : 0)
  }

  /// The softmax of the log-likelihoods.
  private var probabilities: [Double] {
    let largest = values.max() ?? 0
    let powers = values.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private static func firstMaximum(_ values: [Double]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }
}
