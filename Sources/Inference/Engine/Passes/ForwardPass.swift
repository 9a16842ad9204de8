/// One thread's run of a model over token sequences, with the scratch memory it needs.
///
/// Every row is computed on its own: it depends on the tokens up to its position and on nothing
/// else that happens to be computed with it, be it in one piece or token by token.
struct ForwardPass {
  private let network: Network
  private let kernels: Kernels
  private var tables: PositionTables
  private var encoder: StackPass?
  private var decoder: StackPass
  /// What the encoder found.
  private var memory: StackPass.Memory?
  private var normed = FloatBuffer(count: 0)
  private let logits: FloatBuffer

  /// Rows whose logits are held at once.
  static let logitBlock = 32

  /// Creates a pass; sequences that the tables do not serve make their own.
  ///
  /// More tokens can follow those that were fed only where positions are kept.
  init(
    _ network: Network, tables: PositionTables? = nil, keepsPositions: Bool = false,
    kernels: Kernels = .best
  ) {
    self.network = network
    self.kernels = kernels
    self.tables = tables ?? PositionTables(network, positionCount: 0)
    let architecture = network.architecture
    func stack(
      _ shape: Architecture.Stack, _ weights: ModelWeights.Stack, keeps: Bool
    ) -> StackPass {
      StackPass(
        shape, weights, hiddenSize: architecture.hiddenSize, keepsPositions: keeps,
        kernels: kernels)
    }
    if let shape = architecture.encoder, let weights = network.weights.encoder {
      encoder = stack(shape, weights, keeps: false)
    }
    decoder = stack(architecture.decoder, network.weights.decoder, keeps: keepsPositions)
    logits = FloatBuffer(count: Self.logitBlock * architecture.vocabularySize)
  }

  /// Starts a sequence.
  ///
  /// - Parameters:
  ///   - context: What the encoder reads; of no use to a model without one.
  ///   - length: How many tokens the decoder is fed next.
  ///   - capacity: How many it is fed at most in all.
  mutating func start(context: [Int] = [], length: Int, capacity: Int) {
    tables.make(length: max(context.count, length), capacity: capacity, network)
    memory = encode(context)
    decoder.start(capacity: capacity, memory: memory)
  }

  /// Whether the positions that are kept hold for a sequence that grows to this length.
  func holds(length: Int) -> Bool { tables.serve(length: length, network.architecture) }

  /// Feeds tokens that follow those of the sequence so far, and shows the logits of the last rows.
  ///
  /// - Parameters:
  ///   - tokens: Token ids, each below the vocabulary's size; at least one.
  ///   - scoredCount: How many of the last positions need logits.
  ///   - visit: Called for each of them in order with its place among the tokens and its logits.
  mutating func feed(_ tokens: [Int], scoredCount: Int, _ visit: (Int, LogitRow) -> Void) {
    precondition(scoredCount <= tokens.count, "more positions scored than there are")
    decoder.reserve(rows: tokens.count)
    embed(tokens, in: decoder.hidden, position: decoder.position)
    decoder.run(rows: tokens.count, tables: tables, bias: tables.decoderBias, memory: memory)
    let vocabularySize = network.architecture.vocabularySize
    for start in stride(from: tokens.count - scoredCount, to: tokens.count, by: Self.logitBlock) {
      let rows = min(Self.logitBlock, tokens.count - start)
      computeLogits(from: start, rows: rows)
      for row in 0..<rows {
        visit(
          start + row,
          LogitRow(
            buffer: logits, offset: row * vocabularySize, count: vocabularySize, kernels: kernels))
      }
    }
  }

  /// Runs a whole sequence: starts it and feeds it.
  mutating func run(
    context: [Int] = [], _ tokens: [Int], scoredCount: Int, _ visit: (Int, LogitRow) -> Void
  ) {
    start(context: context, length: tokens.count, capacity: tokens.count)
    feed(tokens, scoredCount: scoredCount, visit)
  }

  private mutating func encode(_ context: [Int]) -> StackPass.Memory? {
    guard encoder != nil, !context.isEmpty else { return nil }
    encoder?.reserve(rows: context.count)
    guard let rows = encoder?.hidden else { return nil }
    embed(context, in: rows, position: 0)
    encoder?.run(rows: context.count, tables: tables, bias: tables.encoderBias, memory: nil)
    let found = FloatBuffer(count: context.count * network.architecture.hiddenSize)
    encoder?.normalize(from: 0, rows: context.count, output: found)
    return (found, context.count)
  }

  /// rows = norm(scale · embedding + positions).
  private func embed(_ tokens: [Int], in rows: FloatBuffer, position: Int) {
    let (weights, width) = (network.weights, network.architecture.hiddenSize)
    for (row, token) in tokens.enumerated() {
      rows.copy(from: weights.embedding, at: token * width, to: row * width, count: width)
    }
    if let scale = network.architecture.embedding.scale {
      kernels.scale(rows, by: scale, n: tokens.count * width)
    }
    if let positions = weights.positions {
      kernels.add(rows, positions, from: position * width, n: tokens.count * width)
    }
    weights.embeddingNorm?.apply(kernels, rows, rows: tokens.count, output: rows)
  }

  private mutating func computeLogits(from start: Int, rows: Int) {
    let architecture = network.architecture
    FloatBuffer.grow(&normed, to: Self.logitBlock * architecture.hiddenSize)
    decoder.normalize(from: start, rows: rows, output: normed)
    if let scale = architecture.head.scale {
      kernels.scale(normed, by: scale, n: rows * architecture.hiddenSize)
    }
    network.weights.head.apply(kernels, normed, rows: rows, output: logits)
    if let cap = architecture.head.softCap {
      kernels.softCap(logits, cap, n: rows * architecture.vocabularySize)
    }
  }
}
