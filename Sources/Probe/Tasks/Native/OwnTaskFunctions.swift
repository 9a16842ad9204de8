import Core
import Inference
import OrderedCollections

/// Scores the paragraphs of a user's own text.
enum OwnTaskFunctions {
  static let all = [
    NativeFunction(
      name: "own/text.mean_loss", summary: "the mean loss per token, in nats",
      body: .aggregation { scores in
        var (loss, count) = (0.0, 0.0)
        for case .weighted(let value, let weight) in scores {
          loss -= value
          count += weight
        }
        return loss / count
      }),
    NativeFunction(
      name: "own/text.process_results",
      summary: "a paragraph's log-likelihood over its words, bytes and tokens",
      body: .scores(scores)),
  ]

  @Sendable private static func scores(
    _ row: DataSplit.Row, _ answers: [ItemAnswer]
  ) throws -> OrderedDictionary<String, ItemScore> {
    let value = try row.logLikelihoods(answers, count: 1)[0]
    guard case .logLikelihood(let answer) = answers[0] else { return [:] }
    let text = try row.text("text")
    let bytes = ItemScore.weighted(value, weight: Double(text.utf8.count))
    let tokens = ItemScore.weighted(value, weight: Double(answer.tokenCount))
    return [
      "word_perplexity": .weighted(value, weight: Double(ItemScorer.wordCount(text))),
      "byte_perplexity": bytes, "bits_per_byte": bytes, "token_perplexity": tokens,
      "loss_per_token": tokens,
    ]
  }
}
