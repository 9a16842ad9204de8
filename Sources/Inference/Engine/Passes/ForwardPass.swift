/// A model's run over one token sequence, which can be fed piece by piece.
///
/// Every row is computed on its own: it depends on the tokens up to its position and on nothing
/// else that happens to be computed with it, be it in one piece or token by token.
struct ForwardPass {
  private let network: Network
  private var tables = PositionTables.none
  private var encoder: EncoderPass?
  private var decoder: StackPass
  private let embedding: EmbeddingPass
  private let head: HeadPass
  /// What the encoder found.
  private var memory: EncoderMemory?
  private var position = 0

  /// Rows that products take at once.
  static let blockRows = 512

  init(_ network: Network) {
    self.network = network
    embedding = EmbeddingPass(network: network)
    head = HeadPass(network)
    encoder = EncoderPass(network, blockRows: 1)
    decoder = StackPass(
      network, network.architecture.decoder, network.weights.decoder, keepsPositions: true,
      blockRows: 1)
  }

  /// Starts a sequence.
  ///
  /// - Parameters:
  ///   - context: What the encoder reads; of no use to a model without one.
  ///   - length: How many tokens the decoder is fed next.
  ///   - capacity: How many it is fed at most in all.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  mutating func start(context: [Int] = [], length: Int, capacity: Int) throws {
    tables.make(length: max(context.count, length), capacity: capacity, network)
    position = 0
    decoder.reserve(positions: capacity, contextLength: context.count)
    memory = try encoder?.run([context], tables: tables)
  }

  /// Whether the positions that are kept hold for a sequence that grows to this length.
  func holds(length: Int) -> Bool { tables.serve(length: length, network.architecture) }

  /// Forgets the tokens from a position on; others can take their place.
  mutating func goBack(to position: Int) { self.position = position }

  /// Feeds tokens that follow those of the sequence so far, and shows the logits of the last rows.
  ///
  /// - Parameters:
  ///   - tokens: Token ids, each below the vocabulary's size; at least one.
  ///   - scoredCount: How many of the last positions need logits.
  ///   - visit: Called for each of them in order with its place among the tokens and its logits.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  mutating func feed(
    _ tokens: [Int], scoredCount: Int, _ visit: (Int, LogitRow) -> Void
  ) throws {
    precondition(scoredCount <= tokens.count, "more positions scored than there are")
    let width = network.architecture.hiddenSize
    let hidden = FloatBuffer(count: tokens.count * width)
    try embedding.run(
      tokens, positions: Array(position..<position + tokens.count), into: hidden)
    let first = tokens.count - scoredCount
    decoder.reserve(blockRows: min(tokens.count, Self.blockRows))
    let scored = FloatBuffer(count: scoredCount * width)
    try decoder.run(
      .init(
        hidden: hidden,
        blocks: RowBlock.blocks(
          of: [.init(rows: 0..<tokens.count, position: position)],
          scoredRows: Array(first..<tokens.count), limit: Self.blockRows),
        memory: memory, scored: scored),
      view: .init(isCausal: true, bias: tables.decoderBias, tables: tables))
    position += tokens.count
    decoder.normalize(scored, count: scoredCount)
    try head.visit(scored, count: scoredCount) { row, logits in visit(first + row, logits) }
  }

  /// Runs a whole sequence: starts it and feeds it.
  mutating func run(
    context: [Int] = [], _ tokens: [Int], scoredCount: Int, _ visit: (Int, LogitRow) -> Void
  ) throws {
    try start(context: context, length: tokens.count, capacity: tokens.count)
    try feed(tokens, scoredCount: scoredCount, visit)
  }
}
