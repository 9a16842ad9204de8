/// How a tree's rows are cut into batches.
struct BatchPlan: Sendable {
  let tree: PromptTree
  /// How many rows a batch has at most, those of encoders among them; a batch that must be larger for
  /// one sequence to fit is.
  let rowLimit: Int
  /// Whether the rows that a batch stands on were kept when an earlier one went through; else they go
  /// through again.
  let keepsPositions: Bool

  /// A stretch of the tree's rows.
  private struct Cut {
    var rows: Range<Int>
    var sequences: Range<Int>
  }

  private let cuts: [Cut]

  init(_ tree: PromptTree, rowLimit: Int, keepsPositions: Bool) {
    self.tree = tree
    self.rowLimit = max(1, rowLimit)
    self.keepsPositions = keepsPositions
    cuts =
      tree.contexts.contains { !$0.isEmpty }
      ? Self.cutsOfContexts(tree, rowLimit) : Self.cuts(tree, rowLimit, anywhere: keepsPositions)
  }

  /// How many batches there are.
  var count: Int { cuts.count }

  /// How many rows all batches have, those of encoders and those that go through again among them.
  var computedRowCount: Int { cuts.reduce(0) { $0 + rowCount(of: $1) } }

  private func rowCount(of cut: Cut) -> Int {
    let contexts = Set(tree.sequences[cut.sequences].map(\.context))
    return cut.rows.count + pathCount(of: cut)
      + contexts.reduce(0) { $0 + tree.contexts[$1].count }
  }

  /// How many rows that are not its own a batch begins with.
  private func pathCount(of cut: Cut) -> Int {
    guard !keepsPositions, let first = tree.sequences[cut.sequences].first else { return 0 }
    return first.sharedCount + cut.rows.lowerBound - first.firstRow
  }

  /// One of the batches.
  func batch(at index: Int) -> TokenBatch {
    let cut = cuts[index]
    var batch = TokenBatch()
    var contextNumbers: [Int: Int] = [:]
    for sequence in tree.sequences[cut.sequences] {
      let rows = sequence.rows.clamped(to: cut.rows)
      // A batch that keeps nothing begins with the whole path to its first row.
      let isFirst = batch.runs.isEmpty && !keepsPositions
      let position = isFirst ? 0 : sequence.sharedCount + rows.lowerBound - sequence.firstRow
      let end = sequence.sharedCount + rows.upperBound - sequence.firstRow
      guard end > position, !rows.isEmpty else { continue }
      let context =
        contextNumbers[sequence.context]
        ?? {
          contextNumbers[sequence.context] = batch.contexts.count
          batch.contexts.append(tree.contexts[sequence.context])
          return batch.contexts.count - 1
        }()
      let first = batch.tokens.count
      batch.tokens += sequence.tokens[position..<end]
      batch.runs.append(
        .init(rows: first..<batch.tokens.count, position: position, context: context))
    }
    let offset = pathCount(of: cut) - cut.rows.lowerBound
    batch.targets = targets(in: cut.rows).map {
      .init(row: $0.row + offset, token: $0.token, request: $0.request)
    }
    return batch
  }

  private func targets(in rows: Range<Int>) -> ArraySlice<PromptTree.Target> {
    func first(from row: Int) -> Int {
      var (low, high) = (0, tree.targets.count)
      while low < high {
        let middle = (low + high) / 2
        if tree.targets[middle].row < row { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return tree.targets[first(from: rows.lowerBound)..<first(from: rows.upperBound)]
  }

  // MARK: - Cutting

  /// Cuts where the limit is reached; where rows before the cut must go through again, at the
  /// sequence of the last half that shares the least.
  private static func cuts(_ tree: PromptTree, _ limit: Int, anywhere: Bool) -> [Cut] {
    var cuts: [Cut] = []
    var (start, index) = (0, 0)
    while start < tree.rowCount {
      var end = min(start + limit, tree.rowCount)
      if end < tree.rowCount, !anywhere {
        end = cheapestCut(tree, from: index, start: start, end: end) ?? end
      }
      while tree.sequences[index].rows.upperBound <= start { index += 1 }
      var last = index
      while last < tree.sequences.count, tree.sequences[last].firstRow < end { last += 1 }
      cuts.append(Cut(rows: start..<end, sequences: index..<last))
      start = end
    }
    return cuts
  }

  private static func cheapestCut(
    _ tree: PromptTree, from index: Int, start: Int, end: Int
  ) -> Int? {
    let middle = start + (end - start) / 2
    var best: (row: Int, shared: Int)?
    for sequence in tree.sequences[index...] {
      guard sequence.firstRow <= end else { break }
      guard sequence.firstRow > middle, !sequence.rows.isEmpty else { continue }
      if sequence.sharedCount <= best?.shared ?? .max {
        best = (sequence.firstRow, sequence.sharedCount)
      }
    }
    return best?.row
  }

  /// Cuts between sequences of different contexts.
  private static func cutsOfContexts(_ tree: PromptTree, _ limit: Int) -> [Cut] {
    var cuts: [Cut] = []
    var first = 0
    var rowCount = 0
    for (index, sequence) in tree.sequences.enumerated() {
      let isNew = index == 0 || tree.sequences[index - 1].context != sequence.context
      let added = sequence.rows.count + (isNew ? tree.contexts[sequence.context].count : 0)
      if isNew, index > first, rowCount + added > limit {
        cuts.append(cut(tree, first..<index))
        (first, rowCount) = (index, 0)
      }
      rowCount += added
    }
    if first < tree.sequences.count { cuts.append(cut(tree, first..<tree.sequences.count)) }
    return cuts
  }

  private static func cut(_ tree: PromptTree, _ sequences: Range<Int>) -> Cut {
    Cut(
      rows: tree.sequences[sequences.lowerBound]
        .firstRow..<tree.sequences[sequences.upperBound - 1].rows.upperBound,
      sequences: sequences)
  }
}
