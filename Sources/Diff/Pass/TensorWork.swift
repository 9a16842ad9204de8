import Formats

/// One tensor of every checkpoint, and what is to be summed over it.
struct TensorWork {
  /// A comparison of two checkpoints over the first `elementCount` elements.
  struct Pair: Equatable {
    var base: Int
    var other: Int
    var elementCount: Int
    /// The groups of elements that are summed each by itself, such as tokens; `nil` for none.
    var segments: SegmentPlan?
    /// Whether the sizes of deltas are counted, so that quantiles can be told.
    var wantsQuantiles = false
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

  /// Whether every value is used once, so that nothing is gained from values in the cache.
  var usesValuesOnce: Bool {
    pairs.count == 1 && turns.isEmpty && pairs[0].segments == nil && !pairs[0].wantsQuantiles
  }
}

/// The sums that a ``TensorWork`` asked for, in its order.
struct TensorSums: Sendable, Equatable {
  var pairs: [PairSums]
  var turns: [TurnSums]

  init(pairs: [PairSums], turns: [TurnSums]) {
    self.pairs = pairs
    self.turns = turns
  }

  /// The sums before the first element.
  init(nothingOf work: TensorWork) {
    pairs = work.pairs.map(PairSums.init(nothingOf:))
    turns = work.turns.map { _ in TurnSums() }
  }

  /// Takes out the sketches, which unlike sums may be added in any order.
  mutating func removeSketches() -> [DeltaSketch?] {
    let sketches = pairs.map(\.sketch)
    for index in pairs.indices { pairs[index].sketch = nil }
    return sketches
  }

  /// Adds the elements that follow in the same tensor.
  mutating func append(_ next: TensorSums) {
    for index in pairs.indices { pairs[index].append(next.pairs[index]) }
    for index in turns.indices { turns[index].add(next.turns[index]) }
  }
}

/// The sums of one comparison of two checkpoints.
struct PairSums: Sendable, Equatable {
  var delta = DeltaSums()
  /// The group of the first of ``segments``; 0 for a whole tensor.
  var firstSegment = 0
  /// The groups of elements that were asked for; for a part of a tensor only those it reaches.
  var segments: [SegmentSums] = []
  /// How the sizes of deltas are spread; `nil` where that was not asked for.
  var sketch: DeltaSketch?

  /// The sums before the first element.
  init(nothingOf pair: TensorWork.Pair) {
    segments = Array(repeating: SegmentSums(), count: pair.segments?.groupCount ?? 0)
    sketch = pair.wantsQuantiles ? DeltaSketch() : nil
  }

  /// The sums of nothing.
  init(hasSketch: Bool) { sketch = hasSketch ? DeltaSketch() : nil }

  /// The sums of a part of a tensor.
  init(delta: DeltaSums, segments: SegmentStream?, sketch: DeltaSketch?) {
    self.delta = delta
    firstSegment = segments?.firstGroup ?? 0
    self.segments = segments?.sums ?? []
    self.sketch = sketch
  }

  /// Adds the elements that follow in the same tensor.
  mutating func append(_ next: PairSums) {
    delta.append(next.delta)
    for (offset, sums) in next.segments.enumerated() {
      segments[next.firstSegment + offset - firstSegment].add(sums)
    }
    if let more = next.sketch { sketch?.append(more) }
  }

  /// Adds another tensor; segments have no meaning for two.
  mutating func add(tensor: PairSums) {
    delta.add(tensor: tensor.delta)
    if let more = tensor.sketch { sketch?.append(more) }
  }
}

/// The streams of a ``TensorWork`` while they are fed.
struct TensorStreams {
  /// The streams of one comparison of two checkpoints.
  private struct PairStreams {
    var delta: DeltaStream
    var segments: SegmentStream?
    var sketch: SketchStream?
  }

  private let work: TensorWork
  private var pairs: [PairStreams]
  private var turns: [TurnStream]

  /// The streams for some elements of the tensors, before the first of them.
  init(_ work: TensorWork, elements: Range<Int>) {
    self.work = work
    pairs = work.pairs.map { pair in
      let compared = elements.clamped(to: 0..<pair.elementCount)
      return PairStreams(
        delta: DeltaStream(
          base: work.tensors[pair.base]?.floatFormat, other: work.tensors[pair.other]?.floatFormat),
        segments: pair.segments.map { SegmentStream($0, elements: compared) },
        sketch: pair.wantsQuantiles ? SketchStream() : nil)
    }
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
      let compared = strip.clamped(to: 0..<pair.elementCount)
      pairs[index].delta.add(base: base, other: other, count: compared.count)
      pairs[index].segments?.add(base: base, other: other, strip: compared)
      pairs[index].sketch?.add(base: base, other: other, count: compared.count)
    }
    for (index, turn) in work.turns.enumerated() {
      guard let first = runs[turn.first], let second = runs[turn.second],
        let third = runs[turn.third]
      else { continue }
      let count = strip.clamped(to: 0..<turn.elementCount).count
      turns[index].add(first, second, third, count: count)
    }
  }

  var sums: TensorSums {
    TensorSums(
      pairs: pairs.map { pair in
        PairSums(
          delta: pair.delta.result, segments: pair.segments, sketch: pair.sketch?.result)
      },
      turns: turns.map(\.result))
  }
}

extension TensorInfo {
  /// How its values are rounded; `nil` where they are not floats that are stored as they are.
  fileprivate var floatFormat: FloatFormat? {
    // The smallest F8_E8M0 is no normal 32-bit float, and the kernels know those alone.
    isScaled || layout.valueOffset != 0 || dtype == .f8_e8m0 ? nil : dtype.floatFormat
  }
}
