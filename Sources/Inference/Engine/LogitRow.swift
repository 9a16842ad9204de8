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

  /// The token with the highest logit, the lowest id among equals, where the logits of known tokens are
  /// first divided by a penalty if they are positive, and multiplied with it if they are negative.
  func largestToken(_ known: Set<Int>, penalty: Float) -> Int {
    var best = (token: 0, logit: -Float.infinity)
    for token in 0..<count {
      var logit = self[token]
      if known.contains(token) { logit = logit < 0 ? logit * penalty : logit / penalty }
      if logit > best.logit { best = (token, logit) }
    }
    return best.token
  }

  private var total: LogitTotal {
    let size = HeadPass.vocabularyBlock
    return LogitTotal(
      stride(from: 0, to: count, by: size).map { first in
        kernels.logitStatistics(buffer, at: offset + first, n: min(size, count - first))
      })
  }
}
