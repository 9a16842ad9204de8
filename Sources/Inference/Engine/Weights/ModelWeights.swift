import Formats

/// A model's weights: small tensors decoded, linear maps ready to be packed for the kernels.
struct ModelWeights: Sendable {
  /// One stack of layers.
  struct Stack: Sendable {
    let layers: [LayerWeights]
    let outputNorm: NormWeights
    /// Shape [buckets, heads]; `nil` without learned position biases.
    let relativeBias: FloatBuffer?
  }

  /// Shape [vocabulary, hidden].
  let embedding: EmbeddingRows
  /// Shape [positions, hidden]; `nil` for none.
  let positions: FloatBuffer?
  let embeddingNorm: NormWeights?
  let encoder: Stack?
  let decoder: Stack
  /// Shape [vocabulary, hidden]; the embedding where the checkpoint has no head of its own.
  let head: LinearMap

  /// Finds every tensor that the architecture needs; linear maps are not read yet.
  ///
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  init(_ source: some TensorSource, _ architecture: Architecture, operand: Operand) throws {
    let reader = WeightReader(source: source, architecture, operand)
    try reader.requireNothingElse(than: architecture)
    let a = architecture
    embedding = try reader.embedding(vocabularySize: a.vocabularySize, width: a.hiddenSize)
    positions = try a.embedding.positionCount.map {
      try reader.values(.position_embd, shape: [$0, a.hiddenSize])
    }
    embeddingNorm = try a.embedding.norm.map {
      try reader.norm($0, .token_embd_norm, width: a.hiddenSize)
    }
    head = try Self.head(reader, a)
    encoder = try a.encoder.map { try Self.stack(reader, .encoder, $0, hiddenSize: a.hiddenSize) }
    decoder = try Self.stack(reader, .decoder, a.decoder, hiddenSize: a.hiddenSize)
  }

  private static func head(
    _ reader: WeightReader, _ architecture: Architecture
  ) throws -> LinearMap {
    let (rows, inputs) = (architecture.vocabularySize, architecture.hiddenSize)
    let hasBias = architecture.head.hasBias
    guard reader.contains(.output) || !architecture.head.canBeEmbedding else {
      let tied = try reader.linear(.token_embd, outputs: rows, inputs: inputs)
      return LinearMap(
        matrix: tied.matrix, bias: hasBias ? try reader.values(.output, .bias, shape: [rows]) : nil)
    }
    return try reader.linear(.output, outputs: rows, inputs: inputs, hasBias: hasBias)
  }

  private static func stack(
    _ reader: WeightReader, _ kind: Role.Stack, _ shape: Architecture.Stack, hiddenSize: Int
  ) throws -> Stack {
    let outside = reader.inside(kind)
    var relativeBias: FloatBuffer?
    if case .relative(let buckets) = shape.positionBias, let first = shape.layers.first {
      relativeBias = try reader.inside(kind, layer: 0).values(
        .attn_rel_b, shape: [buckets.count, first.attention.headCount])
    }
    return Stack(
      layers: try shape.layers.enumerated().map { layer, shape in
        try LayerWeights(reader.inside(kind, layer: layer), shape, hiddenSize: hiddenSize)
      },
      outputNorm: try outside.norm(shape.outputNorm, .output_norm, width: hiddenSize),
      relativeBias: relativeBias)
  }

  /// The linear maps of each layer in the order in which they are used, and the head's.
  var matrices: [[PackedMatrix]] {
    ((encoder?.layers ?? []) + decoder.layers).map(\.matrices) + [[head.matrix]]
  }
}
