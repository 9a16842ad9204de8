import Core
import Formats

/// A decoder's weights, decoded and packed for the kernels.
struct DecoderWeights: Sendable {
  /// One transformer layer; shapes are [outputs, inputs].
  struct Layer: Sendable {
    /// Shape [hidden].
    var attentionNorm: FloatBuffer
    /// Shape [heads · d, hidden].
    var query: PackedMatrix
    /// Shape [key/value heads · d, hidden].
    var key: PackedMatrix
    /// Shape [key/value heads · d, hidden].
    var value: PackedMatrix
    /// Shape [hidden, heads · d].
    var attentionOutput: PackedMatrix
    /// Shape [hidden].
    var mlpNorm: FloatBuffer
    /// Shape [intermediate, hidden].
    var gate: PackedMatrix
    /// Shape [intermediate, hidden].
    var up: PackedMatrix
    /// Shape [hidden, intermediate].
    var down: PackedMatrix
  }

  /// Shape [vocabulary, hidden].
  var embedding: FloatBuffer
  var layers: [Layer]
  /// Shape [hidden].
  var outputNorm: FloatBuffer
  /// Shape [vocabulary, hidden]; the embedding where the checkpoint has no head of its own.
  var head: PackedMatrix

  /// Reads every tensor that the architecture needs.
  ///
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  init(_ source: some TensorSource, _ architecture: Architecture, workGroup: WorkGroup) throws {
    let reader = WeightReader(source: source)
    try reader.requireNothingElse(than: architecture.roles)
    let a = architecture
    let queryWidth = a.headCount * a.headDimension
    let keyWidth = a.keyValueHeadCount * a.headDimension
    embedding = try reader.values(.token_embd, shape: [a.vocabularySize, a.hiddenSize])
    outputNorm = try reader.values(.output_norm, shape: [a.hiddenSize])
    let hasHead = reader.contains(.output)
    head =
      hasHead
      ? try reader.matrix(.output, outputs: a.vocabularySize, inputs: a.hiddenSize)
      : PackedMatrix(embedding, outputCount: a.vocabularySize, inputCount: a.hiddenSize)
    layers = try workGroup.map(a.layerCount) { layer in
      func matrix(_ component: Role.Component, _ outputs: Int, _ inputs: Int) throws -> PackedMatrix
      {
        try reader.matrix(component, layer: layer, outputs: outputs, inputs: inputs)
      }
      func norm(_ component: Role.Component) throws -> FloatBuffer {
        try reader.values(component, layer: layer, shape: [a.hiddenSize])
      }
      return Layer(
        attentionNorm: try norm(.attn_norm),
        query: try matrix(.attn_q, queryWidth, a.hiddenSize),
        key: try matrix(.attn_k, keyWidth, a.hiddenSize),
        value: try matrix(.attn_v, keyWidth, a.hiddenSize),
        attentionOutput: try matrix(.attn_output, a.hiddenSize, queryWidth),
        mlpNorm: try norm(.ffn_norm),
        gate: try matrix(.ffn_gate, a.intermediateSize, a.hiddenSize),
        up: try matrix(.ffn_up, a.intermediateSize, a.hiddenSize),
        down: try matrix(.ffn_down, a.hiddenSize, a.intermediateSize))
    }
  }
}
