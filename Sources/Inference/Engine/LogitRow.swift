/// The logits of one position, one for each token of the vocabulary; valid while it is visited.
struct LogitRow {
  let buffer: FloatBuffer
  let offset: Int
  let count: Int
  let kernels: Kernels

  /// The logit of a token.
  subscript(token: Int) -> Float { buffer[offset + token] }

  /// ln Σ exp over the vocabulary.
  var logSumExp: Double { kernels.logSumExp(buffer, at: offset, n: count) }

  /// The token with the highest logit, the lowest id among equals.
  var largestToken: Int { kernels.largestIndex(buffer, at: offset, n: count) }
}
