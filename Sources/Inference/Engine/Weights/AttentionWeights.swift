import Formats

/// The weights of one attention; shapes are [outputs, inputs].
struct AttentionWeights: Sendable {
  /// Shape [heads · d, hidden].
  let query: LinearMap
  /// Shape [key/value heads · d, hidden].
  let key: LinearMap
  /// Shape [key/value heads · d, hidden].
  let value: LinearMap
  /// Shape [hidden, heads · d].
  let output: LinearMap
  /// The norms of queries and keys; `nil` for none.
  let queryNorm, keyNorm: NormWeights?

  /// Reads the attention of a layer to its own stack.
  init(_ reader: WeightReader, _ shape: Architecture.Attention, hiddenSize: Int) throws {
    let projections = try reader.projections(shape, inputs: hiddenSize)
    (query, key, value) = (projections[0], projections[1], projections[2])
    output = try reader.linear(
      .attn_output, outputs: hiddenSize, inputs: shape.queryWidth, hasBias: shape.hasOutputBias)
    func norm(_ component: Role.Component, heads: Int) throws -> NormWeights? {
      try shape.queryKeyNorm.map { norm in
        try reader.norm(
          norm.norm, component, width: (norm.isWholeWidth ? heads : 1) * shape.headDimension)
      }
    }
    queryNorm = try norm(.attn_q_norm, heads: shape.headCount)
    keyNorm = try norm(.attn_k_norm, heads: shape.keyValueHeadCount)
  }

  /// Reads the attention of a layer to what the encoder found.
  init(
    crossOf reader: WeightReader, _ shape: Architecture.Attention, hiddenSize: Int
  ) throws {
    func linear(_ component: Role.Component, _ outputs: Int, _ inputs: Int) throws -> LinearMap {
      try reader.linear(component, outputs: outputs, inputs: inputs)
    }
    query = try linear(.cross_attn_q, shape.queryWidth, hiddenSize)
    key = try linear(.cross_attn_k, shape.keyWidth, hiddenSize)
    value = try linear(.cross_attn_v, shape.keyWidth, hiddenSize)
    output = try linear(.cross_attn_o, hiddenSize, shape.queryWidth)
    (queryNorm, keyNorm) = (nil, nil)
  }

  /// All linear maps.
  var matrices: [PackedMatrix] { [query, key, value, output].map(\.matrix) }

  /// All vectors: norms and biases.
  var vectors: [FloatBuffer] {
    [query, key, value, output].compactMap(\.bias)
      + [queryNorm, keyNorm].compactMap(\.self).flatMap(\.vectors)
  }
}
