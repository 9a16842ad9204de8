import Foundation

/// What remains of the logits of one position over the whole vocabulary.
struct LogitTotal: Sendable {
  /// ln Σ exp over the vocabulary.
  let logSumExp: Double
  /// The token with the highest logit, the lowest id among equals.
  let largestToken: Int

  /// Adds up blocks of the vocabulary of ``HeadPass/vocabularyBlock`` tokens, in their order.
  init(_ blocks: [LogitStatistics]) {
    var largest = (logit: blocks[0].largest, token: blocks[0].index)
    for (number, block) in blocks.enumerated() where block.largest > largest.logit {
      largest = (block.largest, number * HeadPass.vocabularyBlock + block.index)
    }
    let sum = blocks.reduce(0) { sum, block in
      sum + block.sum * exp(Double(block.largest) - Double(largest.logit))
    }
    logSumExp = Double(largest.logit) + log(sum)
    largestToken = largest.token
  }
}
