import Core

/// What turns tokens into rows: norm(scale · embedding + positions).
struct EmbeddingPass: Sendable {
  let network: Network

  /// Fills the rows of runs with the vectors of their tokens.
  ///
  /// - Throws: `CheckpointError` if the embedding cannot be decoded.
  func run(_ tokens: [Int], positions: [Int], into rows: FloatBuffer) throws {
    let (architecture, weights) = (network.architecture, network.weights)
    let (width, kernels) = (architecture.hiddenSize, network.kernels)
    let chunk = 64
    try network.workGroup.forEach((tokens.count + chunk - 1) / chunk) { piece in
      let range = piece * chunk..<min((piece + 1) * chunk, tokens.count)
      let offset = range.lowerBound * width
      for row in range {
        try weights.embedding.copy(token: tokens[row], to: rows, at: row * width)
      }
      if let scale = architecture.embedding.scale {
        kernels.scale(rows, by: scale, at: offset, n: range.count * width)
      }
      if let table = weights.positions {
        for row in range {
          kernels.add(rows, at: row * width, table, from: positions[row] * width, n: width)
        }
      }
      let own = Kernels.Rows(buffer: rows, offset: offset, stride: width)
      weights.embeddingNorm?.apply(kernels, own, rows: range.count, output: own)
    }
  }
}
