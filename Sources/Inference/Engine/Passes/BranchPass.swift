/// One branch of a tree of networks, and those that part from it.
struct BranchPass {
  private let network: Network
  private let members: [Int]
  private var stack: StackPass
  private let head: HeadPass
  private var children: [BranchPass]

  /// What a batch brings along.
  struct Input {
    var blocks: [RowBlock]
    var memory: EncoderMemory?
    var questions: [HeadPass.Question]
    var scoredCount: Int
    var view: AttentionPass.View
    var progress: StackPass.Progress?
  }

  /// Creates a branch; all branches work with one pass, one after the other.
  init(
    _ branch: NetworkTree.Branch, _ networks: [Network], keepsPositions: Bool, pass: LayerPass
  ) {
    network = networks[branch.network]
    members = branch.members
    stack = StackPass(
      network, network.architecture.decoder, network.weights.decoder, layers: branch.layers,
      keepsPositions: keepsPositions, pass: pass)
    head = HeadPass(network)
    children = branch.children.map {
      BranchPass($0, networks, keepsPositions: keepsPositions, pass: pass)
    }
  }

  /// Makes room for sequences of so many positions, and for contexts of so many.
  mutating func reserve(positions: Int, contextLength: Int) {
    stack.reserve(positions: positions, contextLength: contextLength)
    for index in children.indices {
      children[index].reserve(positions: positions, contextLength: contextLength)
    }
  }

  /// Sends rows through the layers of the branch and on to all networks that it leads to.
  ///
  /// - Parameters:
  ///   - hidden: The rows, which are changed.
  ///   - input: What goes with them.
  ///   - answer: Called for each network with the answers to all questions.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  func run(
    _ hidden: FloatBuffer, _ input: Input, _ answer: (Int, [HeadPass.Answer]) -> Void
  ) throws {
    let width = network.architecture.hiddenSize
    // Behind the last layer there are only the rows that are asked about.
    let scored = stack.isLast ? FloatBuffer(count: input.scoredCount * width) : nil
    try stack.run(
      .init(hidden: hidden, blocks: input.blocks, memory: input.memory, scored: scored),
      view: input.view, progress: input.progress)
    let rows = scored ?? hidden
    for (number, child) in children.enumerated() {
      let isLast = number == children.count - 1
      try child.run(isLast ? rows : FloatBuffer(copying: rows), input, answer)
    }
    guard !members.isEmpty else { return }
    stack.normalize(rows, count: input.scoredCount)
    let answers = try head.answer(rows, count: input.scoredCount, input.questions)
    for member in members { answer(member, answers) }
  }
}
