/// How the elements of a tensor fall into groups, such as tokens, heads or experts.
///
/// Element *i* of the flattened logical tensor is in segment *i* / ``segmentElements``, and segments
/// take turns among the groups.
struct SegmentPlan: Sendable, Equatable {
  /// How many elements stand together: a row for a token, a head's rows for queries.
  var segmentElements: Int
  /// How many groups there are.
  var groupCount: Int

  /// The groups of some elements, in one range.
  func groups(of elements: Range<Int>) -> Range<Int> {
    guard !elements.isEmpty else { return 0..<0 }
    let first = elements.lowerBound / segmentElements
    let last = (elements.upperBound - 1) / segmentElements
    let start = first % groupCount
    // Segments that begin again with the first group may reach every one.
    guard start + last - first < groupCount else { return 0..<groupCount }
    return start..<(start + last - first + 1)
  }

  /// Calls a closure with the runs of elements that are in one group, and the group's number.
  func forEachRun(of elements: Range<Int>, _ body: (Range<Int>, Int) -> Void) {
    var start = elements.lowerBound
    while start < elements.upperBound {
      let segment = start / segmentElements
      let end = min(elements.upperBound, (segment + 1) * segmentElements)
      body(start..<end, segment % groupCount)
      start = end
    }
  }
}

/// What the pairs of one group of elements have summed up to.
struct SegmentSums: Sendable, Equatable {
  var count = 0
  var baseSquares = 0.0
  var otherSquares = 0.0
  var deltaSquares = 0.0
  var products = 0.0

  mutating func add(_ next: SegmentSums) {
    count += next.count
    baseSquares += next.baseSquares
    otherSquares += next.otherSquares
    deltaSquares += next.deltaSquares
    products += next.products
  }
}

/// Sums over the groups of one stream of pairs, fed strip by strip.
struct SegmentStream {
  private let plan: SegmentPlan
  /// The group of the first of ``sums``.
  let firstGroup: Int
  private(set) var sums: [SegmentSums]

  /// A stream for some elements of a tensor.
  init(_ plan: SegmentPlan, elements: Range<Int>) {
    let groups = plan.groups(of: elements)
    self.plan = plan
    firstGroup = groups.lowerBound
    sums = Array(repeating: SegmentSums(), count: groups.count)
  }

  /// Adds a strip of the elements.
  mutating func add(base: StoredRun, other: StoredRun, strip: Range<Int>) {
    plan.forEachRun(of: strip) { run, group in
      let offset = run.lowerBound - strip.lowerBound
      sums[group - firstGroup].add(
        SegmentSums(
          base: base.dropFirst(offset), other: other.dropFirst(offset), count: run.count))
    }
  }
}
