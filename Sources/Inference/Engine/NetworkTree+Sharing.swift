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
        let weights = network.weights
        let before = Identity(
          matrices: weights.encoder?.layers.flatMap { $0.matrices.map(\.identity) } ?? [],
          vectors: bits(
            [weights.positions, weights.decoder.relativeBias, weights.encoder?.relativeBias]
              .compactMap(\.self) + (weights.embeddingNorm?.vectors ?? [])
              + (weights.encoder.map { $0.layers.flatMap(\.vectors) + $0.outputNorm.vectors } ?? [])
          ), embedding: embeddings[number])
        let layers = weights.decoder.layers.map {
          Identity(matrices: $0.matrices.map(\.identity), vectors: bits($0.vectors))
        }
        let head = Identity(
          matrices: [weights.head.matrix.identity],
          vectors: bits([weights.head.bias].compactMap(\.self) + weights.decoder.outputNorm.vectors)
        )
        return [before] + layers + [head]
      })
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
