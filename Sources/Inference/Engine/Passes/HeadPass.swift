import Synchronization

/// What turns rows into probabilities of tokens.
///
/// Logits are computed for some tokens at a time and never kept: of each such block of the vocabulary
/// there remain the largest logit, the sum of exponentials, and what was asked for.
struct HeadPass: Sendable {
  private let network: Network
  private let tiles = ScratchPool {
    FloatBuffer(count: HeadPass.rowBlock * HeadPass.vocabularyBlock)
  }

  /// A token whose probability is asked for.
  struct Question: Sendable {
    /// The row that predicts it.
    var row: Int
    var token: Int
  }

  /// What a row says about a token.
  struct Answer: Sendable, Equatable {
    /// The natural logarithm of its probability.
    var logProbability: Double
    /// Whether it is the likeliest, the one with the lowest id among equals.
    var isLargest: Bool
  }

  /// Tokens whose logits are computed at once: those of whole panels.
  static let vocabularyBlock = 16 * Kernels.panelWidth
  /// Rows whose logits are computed at once.
  static let rowBlock = 4 * Kernels.rowBlock

  init(_ network: Network) { self.network = network }

  private var kernels: Kernels { network.kernels }
  private var architecture: Architecture { network.architecture }

  // MARK: - Questions

  /// Answers questions about rows that have gone through all layers.
  ///
  /// - Parameters:
  ///   - rows: Rows of [hidden], which have been through the norm at the end; they are changed.
  ///   - count: How many there are.
  ///   - questions: What is asked.
  /// - Returns: One answer for each question, in their order.
  /// - Throws: `CheckpointError` if the head cannot be decoded.
  func answer(_ rows: FloatBuffer, count: Int, _ questions: [Question]) throws -> [Answer] {
    guard count > 0 else { return [] }
    let packed = pack(rows, count: count)
    let blockCount =
      (architecture.vocabularySize + Self.vocabularyBlock - 1) / Self.vocabularyBlock
    var asked = [[Int]](repeating: [], count: blockCount)
    for (number, question) in questions.enumerated() {
      asked[question.token / Self.vocabularyBlock].append(number)
    }
    let numbers = asked
    let logits = FloatBuffer(count: questions.count)
    let found = Mutex([[LogitStatistics]](repeating: [], count: blockCount))
    try network.residency.with([network.weights.head.matrix]) {
      let cost = count * architecture.hiddenSize * Self.vocabularyBlock
      network.workers.forEach(blockCount, cost: cost) { block in
        let own = statistics(
          of: block, packed, count: count, questions: questions, asked: numbers[block],
          logits: logits)
        found.withLock { $0[block] = own }
      }
    }
    let blocks = found.withLock { $0 }
    let totals = (0..<count).map { row in LogitTotal(blocks.map { $0[row] }) }
    return questions.enumerated().map { number, question in
      let total = totals[question.row]
      return Answer(
        logProbability: Double(logits[number]) - total.logSumExp,
        isLargest: question.token == total.largestToken)
    }
  }

  /// What remains of the logits of one block of the vocabulary, row by row.
  private func statistics(
    of block: Int, _ packed: ByteBuffer, count: Int, questions: [Question], asked: [Int],
    logits: FloatBuffer
  ) -> [LogitStatistics] {
    let first = block * Self.vocabularyBlock
    let columns = min(Self.vocabularyBlock, architecture.vocabularySize - first)
    var result: [LogitStatistics] = []
    result.reserveCapacity(count)
    var rest = asked[...]
    tiles.with { tile in
      let output = Kernels.Rows(buffer: tile, stride: Self.vocabularyBlock)
      for start in stride(from: 0, to: count, by: Self.rowBlock) {
        let rows = start..<min(start + Self.rowBlock, count)
        compute(packed, rows: rows, block: block, columns: columns, output: output)
        for row in 0..<rows.count {
          result.append(
            kernels.logitStatistics(tile, at: row * Self.vocabularyBlock, n: columns))
        }
        for number in rest.prefix(while: { questions[$0].row < rows.upperBound }) {
          let question = questions[number]
          logits[number] =
            tile[(question.row - start) * Self.vocabularyBlock + question.token - first]
          rest = rest.dropFirst()
        }
      }
    }
    return result
  }

  /// The logits of one block of the vocabulary.
  private func compute(
    _ packed: ByteBuffer, rows: Range<Int>, block: Int, columns: Int, output: Kernels.Rows
  ) {
    let panelsPerBlock = Self.vocabularyBlock / Kernels.panelWidth
    let panels =
      block
      * panelsPerBlock..<min(
        (block + 1) * panelsPerBlock, network.weights.head.matrix.panelCount)
    network.weights.head.apply(kernels, packed, rows: rows, panels: panels, output: output)
    guard let cap = architecture.head.softCap else { return }
    for row in 0..<rows.count {
      kernels.softCap(output.buffer, cap, at: output.offset + row * output.stride, n: columns)
    }
  }

  // MARK: - All logits

  /// Shows the logits of rows one by one.
  ///
  /// - Parameters:
  ///   - rows: Rows of [hidden], which have been through the norm at the end; they are changed.
  ///   - count: How many there are.
  ///   - visit: Called for each of them in order with its place.
  /// - Throws: `CheckpointError` if the head cannot be decoded.
  func visit(_ rows: FloatBuffer, count: Int, _ visit: (Int, LogitRow) -> Void) throws {
    guard count > 0 else { return }
    let packed = pack(rows, count: count)
    let size = architecture.vocabularySize
    let logits = FloatBuffer(count: min(count, Self.rowBlock) * size)
    try network.residency.with([network.weights.head.matrix]) {
      for start in stride(from: 0, to: count, by: Self.rowBlock) {
        let rows = start..<min(start + Self.rowBlock, count)
        let blockCount = (size + Self.vocabularyBlock - 1) / Self.vocabularyBlock
        let cost = rows.count * architecture.hiddenSize * Self.vocabularyBlock
        network.workers.forEach(blockCount, cost: cost) { block in
          let first = block * Self.vocabularyBlock
          compute(
            packed, rows: rows, block: block, columns: min(Self.vocabularyBlock, size - first),
            output: .init(buffer: logits, offset: first, stride: size))
        }
        for row in rows {
          visit(
            row,
            LogitRow(
              buffer: logits, offset: (row - start) * size, count: size, kernels: kernels))
        }
      }
    }
  }

  private func pack(_ rows: FloatBuffer, count: Int) -> ByteBuffer {
    let width = architecture.hiddenSize
    if let scale = architecture.head.scale { kernels.scale(rows, by: scale, n: count * width) }
    let packed = ByteBuffer(
      byteCount: Kernels.activationByteCount(network.operand, m: count, k: width))
    network.workers.forRows(count, cost: width) { range in
      kernels.packActivations(
        network.operand, .init(buffer: rows, offset: range.lowerBound * width, stride: width),
        m: range.count, k: width, into: packed, first: range.lowerBound)
    }
    return packed
  }
}
