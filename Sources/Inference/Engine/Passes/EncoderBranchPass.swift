/// One branch of a tree of encoders, and those that part from it.
struct EncoderBranchPass {
  private let network: Network
  private let root: Int?
  private var stack: StackPass
  private var children: [EncoderBranchPass]

  /// Contexts on their way through the layers.
  private struct Rows {
    /// Rows of [hidden], which are changed.
    var hidden: FloatBuffer
    var blocks: [RowBlock]
    var lengths: [Int]
    var view: AttentionPass.View
    /// Whether what layers of the decoder make of the result is kept.
    var keeps: Bool
    var progress: StackPass.Progress?
  }

  /// Is given the place of decoders, and what the encoder that they read found.
  typealias Deliver = (_ root: Int, EncoderMemory) throws -> Void

  /// Creates a branch; all branches work with one pass, one after the other.
  init(_ branch: NetworkTree.EncoderBranch, _ networks: [Network], blockRows: Int) {
    self.init(
      branch, networks, pass: Self.pass(networks[branch.network], blockRows: blockRows))
  }

  private init(_ branch: NetworkTree.EncoderBranch, _ networks: [Network], pass: LayerPass) {
    network = networks[branch.network]
    root = branch.root
    guard let shape = network.architecture.encoder, let weights = network.weights.encoder else {
      preconditionFailure("a network without an encoder")
    }
    stack = StackPass(
      network, shape, weights, layers: branch.layers, keepsPositions: false, pass: pass)
    children = branch.children.map { EncoderBranchPass($0, networks, pass: pass) }
  }

  private static func pass(_ network: Network, blockRows: Int) -> LayerPass {
    guard let shape = network.architecture.encoder else {
      preconditionFailure("a network without an encoder")
    }
    return LayerPass(
      shape, hiddenSize: network.architecture.hiddenSize, operand: network.operand,
      workers: network.workers, rowCount: blockRows)
  }

  /// Reads contexts with all encoders of the tree.
  ///
  /// - Parameters:
  ///   - contexts: The tokens of each.
  ///   - tables: What is looked up by position.
  ///   - keeps: Whether what layers of a decoder make of the result is kept.
  ///   - progress: Told how many rows have gone through one more layer.
  ///   - deliver: Given what each encoder found, each context by itself.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded, and what `deliver` throws.
  mutating func run(
    _ contexts: [[Int]], tables: PositionTables, keeps: Bool = false,
    progress: StackPass.Progress? = nil, _ deliver: Deliver
  ) throws {
    var runs: [TokenBatch.Run] = []
    for context in contexts {
      let first = runs.last?.rows.upperBound ?? 0
      runs.append(.init(rows: first..<first + context.count, position: 0))
    }
    let tokens = contexts.flatMap(\.self)
    let hidden = FloatBuffer(count: tokens.count * network.architecture.hiddenSize)
    try EmbeddingPass(network: network).run(
      tokens, positions: contexts.flatMap { Array($0.indices) }, into: hidden)
    let blocks = RowBlock.blocks(
      of: runs, scoredRows: [], limit: ForwardPass.blockRows, keepsWhole: true)
    let lengths = contexts.map(\.count)
    reserve(
      blockRows: blocks.reduce(0) { max($0, $1.rows.count) }, positions: lengths.max() ?? 0)
    try send(
      Rows(
        hidden: hidden, blocks: blocks, lengths: lengths,
        view: .init(
          isCausal: network.architecture.encoder?.isCausal ?? false, bias: tables.encoderBias,
          tables: tables), keeps: keeps, progress: progress),
      deliver)
  }

  /// Makes room for blocks of so many rows and for contexts of so many positions.
  private mutating func reserve(blockRows: Int, positions: Int) {
    if blockRows > stack.blockRows { use(Self.pass(network, blockRows: blockRows)) }
    reserve(positions: positions)
  }

  private mutating func use(_ pass: LayerPass) {
    stack.use(pass)
    for index in children.indices { children[index].use(pass) }
  }

  private mutating func reserve(positions: Int) {
    stack.reserve(positions: positions)
    for index in children.indices { children[index].reserve(positions: positions) }
  }

  private func send(_ rows: Rows, _ deliver: Deliver) throws {
    try stack.run(
      .init(hidden: rows.hidden, blocks: rows.blocks), view: rows.view, progress: rows.progress)
    for (number, child) in children.enumerated() {
      var own = rows
      if number < children.count - 1 { own.hidden = FloatBuffer(copying: rows.hidden) }
      try child.send(own, deliver)
    }
    guard let root else { return }
    stack.normalize(rows.hidden, count: rows.lengths.reduce(0, +))
    try deliver(
      root, EncoderMemory(rows: rows.hidden, lengths: rows.lengths, keeps: rows.keeps))
  }
}
