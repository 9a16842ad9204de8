import HeapModule

/// The symbols of one word while they are merged; used for one word after the other.
struct SymbolMerging {
  /// A merge that may be made; stale once one of its symbols has changed.
  private struct Candidate: Comparable {
    var rank: Int32
    var position: Int32
    var left: Int32
    var right: Int32
    var result: Int32

    static func < (left: Candidate, right: Candidate) -> Bool {
      (left.rank, left.position) < (right.rank, right.position)
    }
  }

  /// Up to this many symbols a search for the best pair is faster than a heap.
  private static let searchLimit = 40
  private static let noMerge = PairTable.Merge(rank: .max, result: -1)

  private var symbols: [Int32] = []
  /// For each symbol what it and the next one merge into.
  private var pairs: [PairTable.Merge] = []

  /// Forgets the symbols.
  mutating func removeAll() { symbols.removeAll(keepingCapacity: true) }

  /// Adds a symbol at the end.
  @inline(__always)
  mutating func add(_ symbol: Int32) { symbols.append(symbol) }

  /// Adds the symbols to a list of tokens.
  @inline(__always)
  func append(to ids: inout [Int32]) { ids.append(contentsOf: symbols) }

  /// Merges until no merge applies: always the pair of lowest rank, the leftmost of equals.
  ///
  /// - Complexity: O(*n* log *n*) in the number of symbols.
  mutating func merge(_ merges: PairTable) {
    guard symbols.count > 1 else { return }
    if symbols.count <= Self.searchLimit { mergeBySearch(merges) } else { mergeByHeap(merges) }
  }

  private mutating func mergeBySearch(_ merges: PairTable) {
    pairs.removeAll(keepingCapacity: true)
    for index in 1..<symbols.count {
      pairs.append(merges[symbols[index - 1], symbols[index]] ?? Self.noMerge)
    }
    while true {
      var best = Self.noMerge
      var position = -1
      for index in pairs.indices where pairs[index].rank < best.rank {
        best = pairs[index]
        position = index
      }
      guard position >= 0 else { return }
      symbols[position] = best.result
      symbols.remove(at: position + 1)
      pairs.remove(at: position)
      if position < pairs.count {
        pairs[position] = merges[symbols[position], symbols[position + 1]] ?? Self.noMerge
      }
      if position > 0 {
        pairs[position - 1] = merges[symbols[position - 1], symbols[position]] ?? Self.noMerge
      }
    }
  }

  private mutating func mergeByHeap(_ merges: PairTable) {
    // A linked list over the symbols; one that was joined to its left neighbour is -1.
    let count = symbols.count
    var next = Array(1...Int32(count))
    var previous = Array(-1..<Int32(count - 1))
    var candidates: [Candidate] = []
    func candidate(at position: Int32, _ symbols: [Int32]) -> Candidate? {
      guard position >= 0, next[Int(position)] < count else { return nil }
      let left = symbols[Int(position)]
      let right = symbols[Int(next[Int(position)])]
      return merges[left, right].map {
        Candidate(
          rank: $0.rank, position: position, left: left, right: right, result: $0.result)
      }
    }
    for position in 0..<Int32(count - 1) {
      if let found = candidate(at: position, symbols) { candidates.append(found) }
    }
    var heap = Heap(candidates)
    while let best = heap.popMin() {
      let position = Int(best.position)
      let right = Int(next[position])
      guard symbols[position] == best.left, right < count, symbols[right] == best.right else {
        continue
      }
      symbols[position] = best.result
      symbols[right] = -1
      next[position] = next[right]
      if next[right] < count { previous[Int(next[right])] = best.position }
      if let found = candidate(at: best.position, symbols) { heap.insert(found) }
      if let found = candidate(at: previous[position], symbols) { heap.insert(found) }
    }
    symbols.removeAll { $0 < 0 }
  }
}
