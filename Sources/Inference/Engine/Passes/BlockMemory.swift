/// The memory that the rows of one block are worked on in.
struct BlockMemory: Sendable {
  /// How many rows it holds.
  let rowCount: Int
  /// Rows of [hidden].
  let normed, attended, mapped: FloatBuffer
  /// The scored rows of a block, where the others are of no more use.
  let scored, scoredNormed: FloatBuffer
  /// Rows of [query heads · d].
  let query, mixed: FloatBuffer
  /// Rows of [key heads · d].
  let key, value: FloatBuffer
  /// Rows of [intermediate].
  let gate, up: FloatBuffer
  /// What experts share out: rows of [experts], and rows of [hidden].
  let routes, gathered: FloatBuffer
  /// Rows of the widest input of a product, packed.
  let packed: ByteBuffer
  /// Scratch memory for threads.
  let attentionScratch = ScratchPool { AttentionScratch() }

  init(_ shape: Architecture.Stack, hiddenSize: Int, operand: Operand, rowCount: Int) {
    self.rowCount = rowCount
    let widths = Widths(shape, hiddenSize: hiddenSize)
    func rows(_ width: Int) -> FloatBuffer { FloatBuffer(count: rowCount * width) }
    (normed, attended, mapped) = (rows(hiddenSize), rows(hiddenSize), rows(hiddenSize))
    (scored, scoredNormed) = (rows(hiddenSize), rows(hiddenSize))
    (query, mixed) = (rows(widths.query), rows(widths.query))
    (key, value) = (rows(widths.key), rows(widths.key))
    (gate, up) = (rows(widths.inner), rows(widths.inner))
    (routes, gathered) = (rows(widths.experts), rows(widths.experts > 0 ? hiddenSize : 0))
    packed = ByteBuffer(
      byteCount: Kernels.activationByteCount(operand, m: rowCount, k: widths.input))
  }

  /// How much memory each row takes, in bytes.
  static func byteCountOfRow(
    _ shape: Architecture.Stack, hiddenSize: Int, operand: Operand
  ) -> Int {
    let widths = Widths(shape, hiddenSize: hiddenSize)
    let block = Kernels.rowBlock
    return 4
      * (6 * hiddenSize + 2 * widths.query + 2 * widths.key + 2 * widths.inner + widths.experts)
      + (Kernels.activationByteCount(operand, m: block, k: widths.input) + block - 1) / block
  }

  /// The widest rows of a stack's layers.
  private struct Widths {
    var query = 0, key = 0, inner = 0, experts = 0
    /// Of all inputs of products.
    var input: Int

    init(_ shape: Architecture.Stack, hiddenSize: Int) {
      for layer in shape.layers {
        for attention in [layer.attention, layer.crossAttention].compactMap(\.self) {
          query = max(query, attention.queryWidth)
          key = max(key, attention.keyWidth)
        }
        switch layer.mlp {
        case .dense(let mlp): inner = max(inner, mlp.intermediateSize)
        case .experts(let shape):
          inner = max(inner, shape.expert.intermediateSize, shape.shared?.intermediateSize ?? 0)
          experts = max(experts, shape.count)
        }
      }
      input = max(hiddenSize, query, inner)
    }
  }
}
