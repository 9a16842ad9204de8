/// How many floating-point operations it takes to run tokens: two for each weight that a row is
/// multiplied with, and those of attention; norms and activations do not count.
///
/// Counted is what the engine computes: behind the keys and values of the last layer only the rows
/// whose predictions are asked for go on.
struct OperationCount {
  private let network: Network

  init(_ network: Network) { self.network = network }

  private var architecture: Architecture { network.architecture }

  /// The operations to read a text, of which the last position's prediction is asked for.
  ///
  /// - Parameter tokenCount: The tokens of the text, which the encoder reads where there is one.
  /// - Returns: The operations.
  func reading(_ tokenCount: Int) -> Double {
    guard let encoder = architecture.encoder, let weights = network.weights.encoder else {
      return decoder(rows: tokenCount, first: 0, context: 0)
    }
    let layers = zip(encoder.layers, weights.layers).reduce(0.0) { sum, layer in
      let (shape, weights) = layer
      let keys = tokenCount * min(tokenCount, shape.attention.window ?? tokenCount)
      return sum + Double(tokenCount) * Self.all(weights) + Self.attention(shape.attention, keys)
    }
    return layers + decoder(rows: 1, first: 0, context: tokenCount)
  }

  /// The operations of rows of the decoder behind `first` others.
  private func decoder(rows: Int, first: Int, context: Int) -> Double {
    let layers = zip(architecture.decoder.layers, network.weights.decoder.layers)
    let last = architecture.decoder.layers.count - 1
    let head = Self.map(network.weights.head)
    return layers.enumerated().reduce(head) { sum, layer in
      let (index, (shape, weights)) = layer
      let scored = index == last ? 1 : rows
      let inputs = Self.map(weights.attention.key) + Self.map(weights.attention.value)
      let own =
        Double(rows) * inputs + Double(scored) * (Self.all(weights) - inputs)
        + Self.attention(
          shape.attention,
          (first + rows - scored..<first + rows).reduce(0) {
            $0 + min($1 + 1, shape.attention.window ?? .max)
          })
      guard let cross = shape.crossAttention, let maps = weights.crossAttention?.weights else {
        return sum + own
      }
      return sum + own
        + Double(scored) * (Self.map(maps.query) + Self.map(maps.output))
        + Double(context) * (Self.map(maps.key) + Self.map(maps.value))
        + Self.attention(cross, scored * context)
    }
  }

  /// Scores and mixed values of so many pairs of a query and a key, for each query head.
  private static func attention(_ shape: Architecture.Attention, _ pairs: Int) -> Double {
    4 * Double(shape.queryWidth) * Double(pairs)
  }

  /// All maps of a layer that a row goes through, those to an encoder aside.
  private static func all(_ weights: LayerWeights) -> Double {
    let attention = weights.attention
    let maps = [attention.query, attention.key, attention.value, attention.output]
    return maps.reduce(mlp(weights.mlp)) { $0 + map($1) }
  }

  private static func mlp(_ weights: LayerWeights.MLP) -> Double {
    switch weights {
    case .dense(let mlp): return self.mlp(mlp)
    case .experts(let weights):
      let used = weights.experts.prefix(weights.shape.usedCount).reduce(0) { $0 + mlp($1) }
      let shared = weights.shared.map { mlp($0.mlp) + map($0.gate) } ?? 0
      return used + shared + map(weights.router)
    }
  }

  private static func mlp(_ weights: MLPWeights) -> Double {
    [weights.gate, weights.up, weights.down].compactMap(\.self).reduce(0) { $0 + map($1) }
  }

  private static func map(_ map: LinearMap) -> Double {
    2 * Double(map.outputCount) * Double(map.matrix.inputCount)
  }
}
