/// The encoder of a model that has one.
struct EncoderPass {
  private let network: Network
  private let shape: Architecture.Stack
  private let embedding: EmbeddingPass
  private var stack: StackPass

  /// `nil` for a model without an encoder.
  init?(_ network: Network, blockRows: Int) {
    guard let shape = network.architecture.encoder, let weights = network.weights.encoder else {
      return nil
    }
    self.network = network
    self.shape = shape
    embedding = EmbeddingPass(network: network)
    stack = StackPass(network, shape, weights, keepsPositions: false, blockRows: blockRows)
  }

  /// Reads contexts.
  ///
  /// - Parameters:
  ///   - contexts: The tokens of each.
  ///   - tables: What is looked up by position.
  ///   - keeps: Whether what layers of the decoder make of the result is kept.
  ///   - progress: Told how many rows have gone through one more layer.
  /// - Returns: What it found, each context by itself.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  mutating func run(
    _ contexts: [[Int]], tables: PositionTables, keeps: Bool,
    progress: StackPass.Progress? = nil
  ) throws -> EncoderMemory {
    var runs: [TokenBatch.Run] = []
    for context in contexts {
      let first = runs.last?.rows.upperBound ?? 0
      runs.append(.init(rows: first..<first + context.count, position: 0))
    }
    let tokens = contexts.flatMap(\.self)
    let hidden = FloatBuffer(count: tokens.count * network.architecture.hiddenSize)
    try embedding.run(tokens, positions: contexts.flatMap { Array($0.indices) }, into: hidden)
    let blocks = RowBlock.blocks(
      of: runs, scoredRows: [], limit: ForwardPass.blockRows, keepsWhole: true)
    stack.reserve(blockRows: blocks.reduce(0) { max($0, $1.rows.count) })
    stack.reserve(positions: contexts.reduce(0) { max($0, $1.count) })
    try stack.run(
      .init(hidden: hidden, blocks: blocks),
      view: .init(isCausal: shape.isCausal, bias: tables.encoderBias, tables: tables),
      progress: progress)
    stack.normalize(hidden, count: tokens.count)
    return EncoderMemory(rows: hidden, lengths: contexts.map(\.count), keeps: keeps)
  }
}
