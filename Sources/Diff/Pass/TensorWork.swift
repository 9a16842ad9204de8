import Formats

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

  init(pairs: [DeltaSums], turns: [TurnSums]) {
    self.pairs = pairs
    self.turns = turns
  }

  /// The sums before the first element.
  init(nothingOf work: TensorWork) {
    pairs = work.pairs.map { _ in DeltaSums() }
    turns = work.turns.map { _ in TurnSums() }
  }

  /// Adds the elements that follow in the same tensor.
  mutating func append(_ next: TensorSums) {
    for index in pairs.indices { pairs[index].append(next.pairs[index]) }
    for index in turns.indices { turns[index].add(next.turns[index]) }
  }
}

/// The streams of a ``TensorWork`` while they are fed.
struct TensorStreams {
  private let work: TensorWork
  private var pairs: [DeltaStream]
  private var turns: [TurnStream]

  init(_ work: TensorWork) {
    self.work = work
    pairs = work.pairs.map { _ in DeltaStream() }
    turns = work.turns.map { _ in TurnStream() }
  }

  /// Adds a strip.
  ///
  /// - Parameters:
  ///   - runs: The strip of each checkpoint's tensor.
  ///   - strip: Which elements it holds.
  mutating func add(_ runs: [StoredRun?], strip: Range<Int>) {
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

  var sums: TensorSums { TensorSums(pairs: pairs.map(\.result), turns: turns.map(\.result)) }
}
