import Core
import Formats

extension NetworkTree {
  /// What tells a part of a network from others: its matrices and its vectors.
  private struct Identity: Hashable {
    var matrices: [ObjectIdentifier] = []
    var vectors: [[UInt32]] = []
    /// The first network that has the same embedding.
    var embedding: Int?
  }

  /// Finds out what networks of one architecture have in common: matrices that hold the same numbers
  /// share their panels from then on.
  ///
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  static func sharing(_ networks: [Network], workGroup: WorkGroup) throws -> NetworkTree {
    let comparisons = networks.first?.weights.matrices.joined().count ?? 0
    try workGroup.forEach(comparisons) { position in
      try share(networks.map { Array($0.weights.matrices.joined())[position] })
    }
    let embeddings = try embeddings(networks)
    return NetworkTree(
      networks.enumerated().map { number, network in
        identities(of: network.weights, embedding: embeddings[number])
      },
      encoderLayerCount: networks.first?.weights.encoder?.layers.count)
  }

  /// What the parts of a network are, in the order of their use.
  private static func identities(of weights: ModelWeights, embedding: Int) -> [Identity] {
    let (encoder, decoder) = (weights.encoder, weights.decoder)
    let vectors = [weights.positions, encoder?.relativeBias].compactMap(\.self)
    let start = Identity(
      vectors: bits(vectors + (weights.embeddingNorm?.vectors ?? [])), embedding: embedding)
    let behindEncoder = encoder.map { encoder in
      encoder.layers.map(identity)
        + [
          Identity(
            vectors: bits(
              encoder.outputNorm.vectors + [decoder.relativeBias].compactMap(\.self)))
        ]
    }
    let head = Identity(
      matrices: [weights.head.matrix.identity],
      vectors: bits([weights.head.bias].compactMap(\.self) + decoder.outputNorm.vectors))
    return [start] + (behindEncoder ?? []) + decoder.layers.map(identity) + [head]
  }

  private static func identity(_ layer: LayerWeights) -> Identity {
    Identity(matrices: layer.matrices.map(\.identity), vectors: bits(layer.vectors))
  }

  private static func bits(_ vectors: [FloatBuffer]) -> [[UInt32]] { vectors.map(\.bits) }

  /// Lets each matrix share the panels of the first that holds the same numbers.
  private static func share(_ matrices: [PackedMatrix]) throws {
    var distinct: [PackedMatrix] = []
    for matrix in matrices {
      let same = try distinct.first { other in
        let (own, others) = (matrix.source, other.source)
        guard matrix.operand == other.operand, own.rows == others.rows,
          own.inputCount == others.inputCount, own.start == others.start,
          own.isTurned == others.isTurned
        else { return false }
        return try TensorComparison.areEqual(
          own.tensor, of: own.source, others.tensor, of: others.source)
      }
      if let same { matrix.share(panelsOf: same) } else { distinct.append(matrix) }
    }
  }

  /// For each network the first that has the same embedding.
  private static func embeddings(_ networks: [Network]) throws -> [Int] {
    var distinct: [Int] = []
    return try networks.indices.map { number in
      let own = networks[number].weights.embedding
      let same = try distinct.first {
        let other = networks[$0].weights.embedding
        return try TensorComparison.areEqual(
          own.tensor, of: own.source, other.tensor, of: other.source)
      }
      if same == nil { distinct.append(number) }
      return same ?? number
    }
  }
}
