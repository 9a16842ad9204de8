import Formats

/// The weights of one layer.
struct LayerWeights: Sendable {
  /// The part that treats each position by itself.
  enum MLP: Sendable {
    case dense(MLPWeights)
    case experts(ExpertWeights)
  }

  let attention: AttentionWeights
  /// The attention to what the encoder found, and the norm before it; `nil` for none.
  let crossAttention: (weights: AttentionWeights, norm: NormWeights)?
  let mlp: MLP
  /// The norms that the architecture names; `nil` where it names none.
  let attentionNorm, mlpNorm, postAttentionNorm, postMLPNorm: NormWeights?

  /// Reads a layer.
  ///
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  init(_ reader: WeightReader, _ shape: Architecture.Layer, hiddenSize: Int) throws {
    let norm = shape.residual.norm
    func read(_ component: Role.Component?) throws -> NormWeights? {
      try component.map { try reader.norm(norm, $0, width: hiddenSize) }
    }
    attention = try AttentionWeights(reader, shape.attention, hiddenSize: hiddenSize)
    crossAttention = try shape.crossAttention.map { cross in
      (
        try AttentionWeights(crossOf: reader, cross, hiddenSize: hiddenSize),
        try reader.norm(norm, .cross_attn_norm, width: hiddenSize)
      )
    }
    switch shape.mlp {
    case .dense(let mlp):
      self.mlp = .dense(try MLPWeights(reader, mlp, hiddenSize: hiddenSize))
    case .experts(let experts):
      self.mlp = .experts(try ExpertWeights(reader, experts, hiddenSize: hiddenSize))
    }
    attentionNorm = try read(shape.residual.attentionNorm)
    mlpNorm = try read(shape.residual.mlpNorm)
    postAttentionNorm = try read(shape.residual.postAttentionNorm)
    postMLPNorm = try read(shape.residual.postMLPNorm)
  }

  /// All linear maps.
  var matrices: [PackedMatrix] {
    let inMLP =
      switch mlp {
      case .dense(let weights): weights.matrices
      case .experts(let weights): weights.matrices
      }
    return attention.matrices + (crossAttention?.weights.matrices ?? []) + inMLP
  }

  /// All vectors: norms and biases.
  var vectors: [FloatBuffer] {
    let inMLP =
      switch mlp {
      case .dense(let weights): weights.vectors
      case .experts(let weights): weights.vectors
      }
    let norms = [attentionNorm, mlpNorm, postAttentionNorm, postMLPNorm, crossAttention?.norm]
    return attention.vectors + (crossAttention?.weights.vectors ?? []) + inMLP
      + norms.compactMap(\.self).flatMap(\.vectors)
  }
}
