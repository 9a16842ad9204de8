import Formats

/// The token embedding, [vocabulary, hidden], whose rows are decoded when they are asked for.
struct EmbeddingRows: Sendable {
  let source: any TensorSource
  let tensor: TensorInfo
  let width: Int

  /// Decodes the row of a token to a place of a buffer.
  ///
  /// - Throws: `CheckpointError` if the tensor cannot be decoded.
  func copy(token: Int, to buffer: FloatBuffer, at offset: Int) throws {
    try buffer.fill(at: offset, count: width) { span throws in
      try source.decode(
        tensor, elements: token * width..<(token + 1) * width, order: .logical, into: &span)
    }
  }
}
