/// The logits of one position, one for each token of the vocabulary; valid while it is visited.
struct LogitRow {
  let buffer: FloatBuffer
  let offset: Int
  let count: Int
  let kernels: Kernels

  /// The logit of a token.
  subscript(token: Int) -> Float { buffer[offset + token] }

  /// ln Σ exp over the vocabulary.
  var logSumExp: Double { total.logSumExp }

  /// The token with the highest logit, the lowest id among equals.
  var largestToken: Int { total.largestToken }

  private var total: LogitTotal {
    let size = HeadPass.vocabularyBlock
    return LogitTotal(
      stride(from: 0, to: count, by: size).map { first in
        kernels.logitStatistics(buffer, at: offset + first, n: min(size, count - first))
      })
  }
}
