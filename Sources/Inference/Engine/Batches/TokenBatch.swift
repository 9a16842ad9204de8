/// Rows that go through the layers of a model together.
struct TokenBatch: Sendable {
  /// Rows that follow each other in one sequence.
  struct Run: Sendable, Equatable {
    var rows: Range<Int>
    /// Where in the sequence the first of them stands; what stands before it went through earlier.
    var position: Int
    /// What the encoder read, an index of ``contexts``.
    var context = 0
  }

  /// A token whose probability is asked for.
  struct Target: Sendable, Equatable {
    var row: Int
    var token: Int
    var request: Int
  }

  /// The token of each row.
  var tokens: [Int] = []
  /// All rows in their order.
  var runs: [Run] = []
  /// What is asked, by rows.
  var targets: [Target] = []
  /// What the encoder reads.
  var contexts: [[Int]] = []

  /// The rows whose predictions are asked for, each once.
  var scoredRows: [Int] {
    targets.reduce(into: []) { rows, target in
      if rows.last != target.row { rows.append(target.row) }
    }
  }
}

/// Some rows of a batch, as many as products like to have at once.
struct RowBlock: Sendable {
  /// The rows, counted in the batch.
  var rows: Range<Int>
  /// The runs, or parts of them, with rows counted in the block.
  var runs: [TokenBatch.Run]
  /// The position of each row in its sequence.
  var positions: [Int32]
  /// The rows whose predictions are asked for, counted in the block.
  var scoredRows: [Int]
  /// How many such rows the blocks before it have.
  var firstScoredRow: Int

  /// Cuts runs into blocks of nearly equal size; the runs lie one behind the other.
  ///
  /// - Parameters:
  ///   - runs: All runs of a batch.
  ///   - scoredRows: The rows whose predictions are asked for.
  ///   - limit: How many rows a block has at most.
  ///   - keepsWhole: Whether runs are not cut; a block of one run can then be larger.
  /// - Returns: The blocks, which hold all rows in their order.
  static func blocks(
    of runs: [TokenBatch.Run], scoredRows: [Int], limit: Int, keepsWhole: Bool = false
  ) -> [RowBlock] {
    guard let end = runs.last?.rows.upperBound else { return [] }
    let count = max(1, (end + limit - 1) / limit)
    let size = (end + count - 1) / count
    var blocks: [RowBlock] = []
    var current: [TokenBatch.Run] = []
    var first = 0
    func finish(at row: Int) {
      guard row > first else { return }
      blocks.append(RowBlock(rows: first..<row, runs: current))
      (current, first) = ([], row)
    }
    for run in runs {
      var start = run.rows.lowerBound
      while start < run.rows.upperBound {
        if keepsWhole, run.rows.upperBound - first > limit { finish(at: start) }
        let stop = keepsWhole ? run.rows.upperBound : min(run.rows.upperBound, first + size)
        current.append(
          .init(
            rows: start - first..<stop - first,
            position: run.position + start - run.rows.lowerBound, context: run.context))
        start = stop
        if stop - first >= (keepsWhole ? limit : size) { finish(at: stop) }
      }
    }
    finish(at: end)
    var rest = scoredRows[...]
    for index in blocks.indices {
      let rows = blocks[index].rows
      blocks[index].firstScoredRow = rest.startIndex
      let own = rest.prefix { $0 < rows.upperBound }
      blocks[index].scoredRows = own.map { $0 - rows.lowerBound }
      rest = rest.dropFirst(own.count)
    }
    return blocks
  }

  private init(rows: Range<Int>, runs: [TokenBatch.Run]) {
    self.rows = rows
    self.runs = runs
    positions = runs.flatMap { run in (0..<run.rows.count).map { Int32(run.position + $0) } }
    (scoredRows, firstScoredRow) = ([], 0)
  }
}
