import HeapModule

/// Byte-pair encoding: joins neighbouring symbols in the order of the learned merges.
struct BytePairEncoder: Sendable {
  private struct Pair: Hashable {
    var left: Int32
    var right: Int32
  }

  private struct Merge {
    var rank: Int32
    var result: Int32
  }

  /// A merge that may be made; stale once one of its symbols has changed.
  private struct Candidate: Comparable {
    var rank: Int32
    var position: Int
    var pair: Pair
    var result: Int32

    static func < (left: Candidate, right: Candidate) -> Bool {
      (left.rank, left.position) < (right.rank, right.position)
    }
  }

  private let merges: [Pair: Merge]

  /// Creates an encoder.
  ///
  /// - Parameter merges: For each merge, in order of rank, the ids of its two parts and of the
  ///   token they make.
  init(merges: [(left: Int, right: Int, result: Int)]) {
    self.merges = Dictionary(
      merges.enumerated().map { rank, merge in
        (
          Pair(left: Int32(merge.left), right: Int32(merge.right)),
          Merge(rank: Int32(rank), result: Int32(merge.result))
        )
      }, uniquingKeysWith: { _, later in later })
  }

  /// Joins symbols until no merge applies: always the one of lowest rank, the leftmost of equals.
  ///
  /// - Complexity: O(*n* log *n*) in the number of symbols.
  func encode(_ symbols: [Int32]) -> [Int32] {
    guard symbols.count > 1 else { return symbols }
    var symbols = symbols
    // A linked list over `symbols`; a symbol that was joined to its left neighbour is -1.
    var next = Array(1...symbols.count)
    var previous = Array(-1..<symbols.count - 1)
    var heap = Heap<Candidate>()
    func candidate(at position: Int) -> Candidate? {
      guard position >= 0, next[position] < symbols.count else { return nil }
      let pair = Pair(left: symbols[position], right: symbols[next[position]])
      return merges[pair].map {
        Candidate(rank: $0.rank, position: position, pair: pair, result: $0.result)
      }
    }
    for position in symbols.indices.dropLast() {
      if let found = candidate(at: position) { heap.insert(found) }
    }
    while let best = heap.popMin() {
      let right = next[best.position]
      guard symbols[best.position] == best.pair.left, right < symbols.count,
        symbols[right] == best.pair.right
      else { continue }
      symbols[best.position] = best.result
      symbols[right] = -1
      next[best.position] = next[right]
      if next[right] < symbols.count { previous[next[right]] = best.position }
      if let found = candidate(at: best.position) { heap.insert(found) }
      if let found = candidate(at: previous[best.position]) { heap.insert(found) }
    }
    return symbols.filter { $0 >= 0 }
  }
}
