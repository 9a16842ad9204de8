import Core

/// The layers of one stack for batches of rows, with the keys and values of what went through.
struct StackPass {
  private let shape: Architecture.Stack
  private let weights: ModelWeights.Stack
  private let hiddenSize: Int
  private let operand: Operand
  private let residency: WeightResidency
  private let workers: Workers
  /// Whether keys and values of all layers are kept, so that more rows can follow.
  private let keepsPositions: Bool
  /// The layers that rows are sent through.
  private let layers: Range<Int>
  private var pass: LayerPass
  /// One for each layer where they are kept, else one for all of the same shape.
  private var stacks: [KeyValueStack] = []
  /// Which of the stacks each of the layers uses.
  private var places: [Int] = []
  private var crossStack: KeyValueStack?

  /// The rows of a batch.
  struct Rows {
    /// Rows of [hidden], which are changed.
    var hidden: FloatBuffer
    /// All rows, in blocks of at most as many as the pass was made for.
    var blocks: [RowBlock]
    /// What the encoder found; `nil` without one.
    var memory: EncoderMemory? = nil
    /// Receives the rows whose predictions are asked for, behind the last layer; `nil` where all are
    /// of use, which then stay where they are.
    var scored: FloatBuffer? = nil
  }

  init(
    _ network: Network, _ shape: Architecture.Stack, _ weights: ModelWeights.Stack,
    layers: Range<Int>? = nil, keepsPositions: Bool, pass: LayerPass? = nil, blockRows: Int = 1
  ) {
    self.layers = layers ?? shape.layers.indices
    self.shape = shape
    self.weights = weights
    hiddenSize = network.architecture.hiddenSize
    operand = network.operand
    residency = network.residency
    workers = network.workers
    self.keepsPositions = keepsPositions
    self.pass =
      pass
      ?? LayerPass(
        shape, hiddenSize: hiddenSize, operand: operand, workers: workers, rowCount: blockRows)
  }

  /// Whether the last layer of the stack is among the layers.
  var isLast: Bool { !layers.isEmpty && layers.upperBound == shape.layers.count }

  /// How many rows a block can have.
  var blockRows: Int { pass.memory.rowCount }

  /// Makes room for blocks of so many rows.
  mutating func reserve(blockRows: Int) {
    guard blockRows > self.blockRows else { return }
    pass = LayerPass(
      shape, hiddenSize: hiddenSize, operand: operand, workers: workers, rowCount: blockRows)
  }

  /// Works with another pass from now on.
  mutating func use(_ pass: LayerPass) { self.pass = pass }

  /// Makes room for sequences of so many positions, and for contexts of so many; what was kept is gone
  /// where that room is new.
  mutating func reserve(positions: Int, contextLength: Int = 0) {
    if stacks.isEmpty || stacks.contains(where: { $0.capacity < positions }) {
      let distinct = Set(layers.map(place)).sorted()
      stacks = distinct.map { layer in
        KeyValueStack(
          shape.layers[layer].attention, capacity: positions, operand: operand,
          threadCount: workers.workGroup.threadCount)
      }
      places = layers.map { distinct.firstIndex(of: place($0)) ?? 0 }
    }
    guard contextLength > 0, let cross = shape.layers.compactMap(\.crossAttention).first else {
      return
    }
    if crossStack.map({ $0.capacity < contextLength }) ?? true {
      crossStack = KeyValueStack(
        cross, capacity: contextLength, operand: operand,
        threadCount: workers.workGroup.threadCount)
    }
  }

  /// The first layer whose keys and values can stand where those of a layer do.
  private func place(_ layer: Int) -> Int {
    guard !keepsPositions else { return layer }
    let own = shape.layers[layer].attention
    return layers.first {
      let other = shape.layers[$0].attention
      return other.headCount == own.headCount && other.headDimension == own.headDimension
        && other.keyValueHeadCount == own.keyValueHeadCount
    } ?? layer
  }

  /// Sends the rows of a batch through the layers.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - view: What they look at.
  ///   - progress: Told how many rows have gone through one more layer.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  func run(_ rows: Rows, view: AttentionPass.View, progress: Progress? = nil) throws {
    for layer in layers {
      let weights = weights.layers[layer]
      try residency.with(weights.matrices) {
        let cross = cross(layer, rows.memory)
        for block in rows.blocks {
          run(layer, weights, block, rows, cross: cross, view: view)
          progress?(block.rows.count)
        }
      }
    }
  }

  /// Is told how many rows have gone through one more layer.
  typealias Progress = (Int) -> Void

  private func run(
    _ layer: Int, _ weights: LayerWeights, _ block: RowBlock, _ rows: Rows,
    cross: LayerPass.Cross?, view: AttentionPass.View
  ) {
    let stack = stacks[places[layer - layers.lowerBound]]
    let hidden = Kernels.Rows(
      buffer: rows.hidden, offset: block.rows.lowerBound * hiddenSize, stride: hiddenSize)
    guard layer == shape.layers.count - 1, let scored = rows.scored else {
      return pass.run(
        shape.layers[layer], weights, hidden: hidden, block: block, stack: stack, cross: cross,
        view: view)
    }
    pass.run(
      shape.layers[layer], weights, hidden: hidden, block: block, stack: stack, cross: cross,
      view: view,
      scored: .init(
        buffer: scored, offset: block.firstScoredRow * hiddenSize, stride: hiddenSize))
  }

  private func cross(_ layer: Int, _ memory: EncoderMemory?) -> LayerPass.Cross? {
    guard let memory, let stack = crossStack, let shape = shape.layers[layer].crossAttention,
      let weights = weights.layers[layer].crossAttention
    else { return nil }
    let found = memory.keysAndValues(layer: layer) {
      pass.keysAndValues(shape, weights.weights, of: memory)
    }
    return .init(memory: memory, keysAndValues: found, stack: stack)
  }

  /// Brings rows through the norm at the end.
  func normalize(_ buffer: FloatBuffer, count: Int) {
    let rows = Kernels.Rows(buffer: buffer, stride: hiddenSize)
    workers.forRows(count, cost: 4 * hiddenSize) { range in
      let own = rows.from(row: range.lowerBound)
      weights.outputNorm.apply(workers.kernels, own, rows: range.count, output: own)
    }
  }
}
