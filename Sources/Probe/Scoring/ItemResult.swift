import Core
public import Inference

/// What a model made of one item.
public struct ItemResult: Sendable, Equatable {
  /// The item's row in the evaluated split, from 0.
  public let index: Int
  /// One answer for each choice.
  public let answers: [LogLikelihood]
  /// The choice with the highest log-likelihood; of equals the first.
  public let prediction: Int
  /// The choice with the highest log-likelihood per character; of equals the first.
  public let predictionPerCharacter: Int
  /// The indices of the right choices.
  public let gold: [Int]
  /// By which the same item is recognized in another run.
  public let hashes: ItemHashes

  init(_ item: PreparedItem, _ answers: [LogLikelihood], taskName: String) throws {
    guard answers.allSatisfy({ !$0.value.isNaN }) else {
      throw InputError(
        place: "task '\(taskName)': item \(item.index)", "a log-likelihood is not a number",
        hint: "the checkpoint may hold values that are infinite or not numbers")
    }
    index = item.index
    self.answers = answers
    prediction = Self.firstMaximum(answers.map(\.value))
    predictionPerCharacter = Self.firstMaximum(
      zip(answers, item.choiceLengths).map { $0.value / Double($1) })
    gold = item.gold
    hashes = item.hashes
  }

  /// Whether the prediction of a metric is right.
  public func isCorrect(by metric: Metric = .accuracy) -> Bool {
    switch metric {
    case .accuracy: gold.contains(prediction)
    case .accuracyPerCharacter: gold.contains(predictionPerCharacter)
    }
  }

  private static func firstMaximum(_ values: [Double]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }
}
