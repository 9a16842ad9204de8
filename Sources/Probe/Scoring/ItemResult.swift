import Core
public import Inference
import OrderedCollections

/// What a model made of one item.
public struct ItemResult: Sendable, Equatable {
  /// What one of the task's filters and the metrics made of the answers.
  struct Scored: Sendable, Equatable {
    /// The filter's name; `none` for the filter of tasks that have none.
    var filter: String
    /// What the filter made of answers that are texts.
    var responses: [String]
    /// What each metric made of it, by the metric's name.
    var scores: OrderedDictionary<String, ItemScore>
  }

  /// The item's row in the evaluated split, from 0.
  public let index: Int
  /// What the model said to each request.
  public let answers: [ItemAnswer]
  /// The choice with the highest log-likelihood, of equals the first; `nil` where there are no choices.
  public let prediction: Int?
  /// The indices of the right choices.
  public let gold: [Int]
  /// By which the same item is recognized in another run.
  public let hashes: ItemHashes
  /// What the metrics made of it, for each of the task's filters.
  let scored: [Scored]

  init(
    _ item: PreparedItem, _ answers: [ItemAnswer], prediction: Int?, scored: [Scored]
  ) {
    index = item.index
    self.answers = answers
    self.prediction = prediction
    gold = item.gold
    hashes = item.hashes
    self.scored = scored
  }

  /// How likely each text that was asked about is; nothing for texts that were generated.
  public var logLikelihoods: [LogLikelihood] {
    answers.compactMap { answer in
      guard case .logLikelihood(let value) = answer else { return nil }
      return value
    }
  }

  /// What a metric made of the item; `nil` where it is no number or the task does not have it.
  ///
  /// - Parameters:
  ///   - metric: The metric's name.
  ///   - filter: The filter's name; `nil` for the first one.
  /// - Returns: The score, such as 1 for right and 0 for wrong.
  public func score(_ metric: String, filter: String? = nil) -> Double? {
    let own = filter.map { name in scored.first { $0.filter == name } } ?? scored.first
    guard case .number(let value) = own?.scores[metric] else { return nil }
    return value
  }

  /// How many requests lost the start of their context because the model's own is shorter.
  var shortenedRequestCount: Int {
    answers.count { answer in
      switch answer {
      case .logLikelihood(let value): value.droppedTokenCount > 0
      case .text(let text): text.droppedTokenCount > 0
      }
    }
  }
}
