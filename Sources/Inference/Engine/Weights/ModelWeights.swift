import Core
import Formats

/// A model's weights, decoded and packed for the kernels.
struct ModelWeights: Sendable {
  /// One stack of layers.
  struct Stack: Sendable {
    let layers: [LayerWeights]
    let outputNorm: NormWeights
    /// Shape [buckets, heads]; `nil` without learned position biases.
    let relativeBias: FloatBuffer?
  }

  /// Shape [vocabulary, hidden].
  let embedding: FloatBuffer
  /// Shape [positions, hidden]; `nil` for none.
  let positions: FloatBuffer?
  let embeddingNorm: NormWeights?
  let encoder: Stack?
  let decoder: Stack
  /// Shape [vocabulary, hidden]; the embedding where the checkpoint has no head of its own.
  let head: LinearMap

  /// Reads every tensor that the architecture needs.
  ///
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  init(_ source: some TensorSource, _ architecture: Architecture, workGroup: WorkGroup) throws {
    let reader = WeightReader(source: source, architecture)
    try reader.requireNothingElse(than: architecture)
    let a = architecture
    embedding = try reader.values(.token_embd, shape: [a.vocabularySize, a.hiddenSize])
    positions = try a.embedding.positionCount.map {
      try reader.values(.position_embd, shape: [$0, a.hiddenSize])
    }
    embeddingNorm = try a.embedding.norm.map {
      try reader.norm($0, .token_embd_norm, width: a.hiddenSize)
    }
    head = try Self.head(reader, a, embedding: embedding)
    encoder = try a.encoder.map {
      try Self.stack(reader, .encoder, $0, hiddenSize: a.hiddenSize, workGroup)
    }
    decoder = try Self.stack(reader, .decoder, a.decoder, hiddenSize: a.hiddenSize, workGroup)
  }

  private static func head(
    _ reader: WeightReader, _ architecture: Architecture, embedding: FloatBuffer
  ) throws -> LinearMap {
    let (rows, inputs) = (architecture.vocabularySize, architecture.hiddenSize)
    let hasBias = architecture.head.hasBias
    guard reader.contains(.output) || !architecture.head.canBeEmbedding else {
      return LinearMap(
        matrix: PackedMatrix(embedding, rows: [0..<rows], inputCount: inputs),
        bias: hasBias ? try reader.values(.output, .bias, shape: [rows]) : nil)
    }
    return try reader.linear(.output, outputs: rows, inputs: inputs, hasBias: hasBias)
  }

  private static func stack(
    _ reader: WeightReader, _ kind: Role.Stack, _ shape: Architecture.Stack, hiddenSize: Int,
    _ workGroup: WorkGroup
  ) throws -> Stack {
    let outside = reader.inside(kind)
    var relativeBias: FloatBuffer?
    if case .relative(let buckets) = shape.positionBias, let first = shape.layers.first {
      relativeBias = try reader.inside(kind, layer: 0).values(
        .attn_rel_b, shape: [buckets.count, first.attention.headCount])
    }
    return Stack(
      layers: try workGroup.map(shape.layers.count) { layer in
        try LayerWeights(
          reader.inside(kind, layer: layer), shape.layers[layer], hiddenSize: hiddenSize)
      },
      outputNorm: try outside.norm(shape.outputNorm, .output_norm, width: hiddenSize),
      relativeBias: relativeBias)
  }
}
