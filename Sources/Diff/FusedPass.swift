import Core
import Formats
import Synchronization

/// One tensor of every checkpoint, and what is to be summed over it.
struct TensorWork {
  /// A comparison of two checkpoints over the first `elementCount` elements.
  struct Pair: Equatable {
    var base: Int
    var other: Int
    var elementCount: Int
  }

  /// A comparison of two updates in a row, over the first `elementCount` elements of three
  /// checkpoints.
  struct Turn: Equatable {
    var first: Int
    var second: Int
    var third: Int
    var elementCount: Int
  }

  /// The tensor in each checkpoint, where it has one.
  var tensors: [TensorInfo?]
  var pairs: [Pair]
  var turns: [Turn] = []

  /// How many elements the longest of the comparisons covers.
  var elementCount: Int {
    max(pairs.map(\.elementCount).max() ?? 0, turns.map(\.elementCount).max() ?? 0)
  }
}

/// The sums that a ``TensorWork`` asked for, in its order.
struct TensorSums: Sendable, Equatable {
  var pairs: [DeltaSums]
  var turns: [TurnSums]

  /// Adds the elements that follow in the same tensor.
  mutating func append(_ next: TensorSums) {
    for index in pairs.indices { pairs[index].append(next.pairs[index]) }
    for index in turns.indices { turns[index].add(next.turns[index]) }
  }
}

/// Streams tensors of several checkpoints side by side, reading each value once.
///
/// Work is cut into pieces of fixed size, whatever the thread count, and the sums of pieces are
/// added in the order of their place in the tensor.
struct FusedPass {
  /// Elements in a piece of work; a multiple of ``stripElements``.
  static let pieceElements = 1 << 20
  /// Elements that are decoded at a time, so that all comparisons find them in the cache.
  static let stripElements = 1 << 14

  let sources: [any TensorSource]

  /// A range of one tensor's elements.
  private struct Piece {
    var work: Int
    var elements: Range<Int>
  }

  /// Sums over every tensor.
  ///
  /// - Returns: One entry for each of `works`.
  func run(
    _ works: [TensorWork], workGroup: WorkGroup, progress: WorkProgress.Handler?
  ) throws -> [TensorSums] {
    let pieces = Self.pieces(of: works)
    let total = works.reduce(0) { $0 + $1.elementCount }
    let done = Atomic(0)
    let results = Mutex([TensorSums?](repeating: nil, count: pieces.count))
    let order = pieces.indices.sorted {
      (pieces[$1].elements.count, $0) < (pieces[$0].elements.count, $1)
    }
    try workGroup.forEach(
      order.count,
      state: { StripScratch(stripCount: sources.count, stripElements: Self.stripElements) }
    ) { scratch, place in
      let piece = pieces[order[place]]
      let sums = try sum(piece.elements, of: works[piece.work], scratch: scratch)
      results.withLock { $0[order[place]] = sums }
      let completed = done.add(piece.elements.count, ordering: .relaxed).newValue
      progress?(
        WorkProgress(phase: "comparing", completed: completed, total: total, unit: "values"))
    }
    var sums = works.map {
      TensorSums(
        pairs: $0.pairs.map { _ in DeltaSums() }, turns: $0.turns.map { _ in TurnSums() })
    }
    for (piece, result) in zip(pieces, results.withLock(\.self)) {
      if let result { sums[piece.work].append(result) }
    }
    return sums
  }

  private static func pieces(of works: [TensorWork]) -> [Piece] {
    works.indices.flatMap { work in
      let count = works[work].elementCount
      return stride(from: 0, to: count, by: pieceElements).map { start in
        Piece(work: work, elements: start..<min(count, start + pieceElements))
      }
    }
  }

  private func sum(
    _ elements: Range<Int>, of work: TensorWork, scratch: StripScratch
  ) throws -> TensorSums {
    try withStoredRuns(of: work, from: 0, []) { stored in
      var pairs = work.pairs.map { _ in DeltaStream() }
      var turns = work.turns.map { _ in TurnStream() }
      for start in stride(from: elements.lowerBound, to: elements.upperBound, by: Self.stripElements)
      {
        let strip = start..<min(elements.upperBound, start + Self.stripElements)
        let runs = try runs(of: work, strip: strip, stored: stored, scratch: scratch)
        for (index, pair) in work.pairs.enumerated() {
          guard let base = runs[pair.base], let other = runs[pair.other] else { continue }
          let count = strip.clamped(to: 0..<pair.elementCount).count
          pairs[index].add(base: base, other: other, count: count)
        }
        for (index, turn) in work.turns.enumerated() {
          guard let first = runs[turn.first], let second = runs[turn.second],
            let third = runs[turn.third]
          else { continue }
          let count = strip.clamped(to: 0..<turn.elementCount).count
          turns[index].add(first, second, third, count: count)
        }
      }
      return TensorSums(pairs: pairs.map(\.result), turns: turns.map(\.result))
    }
  }

  /// A strip of every checkpoint's tensor: its stored bytes where they can be read as they are,
  /// else decoded values.
  private func runs(
    of work: TensorWork, strip: Range<Int>, stored: [StoredRun?], scratch: StripScratch
  ) throws -> [StoredRun?] {
    try sources.indices.map { index in
      guard let tensor = work.tensors[index] else { return nil }
      if let run = stored[index] { return run.dropFirst(strip.lowerBound) }
      let part = strip.clamped(to: 0..<tensor.elementCount)
      return try scratch.fill(index, count: part.count) { output in
        try sources[index].decode(tensor, elements: part, order: .logical, into: &output)
      }
    }
  }
}

extension FusedPass {
  /// Calls a closure with the stored elements of every checkpoint's tensor that can be read as
  /// they are, in the order of the checkpoints.
  fileprivate func withStoredRuns<R>(
    of work: TensorWork, from index: Int, _ found: [StoredRun?],
    _ body: ([StoredRun?]) throws -> R
  ) throws -> R {
    guard index < sources.count else { return try body(found) }
    return try withStoredRuns(of: work, from: index + 1, found + [nil], body)
  }
}
