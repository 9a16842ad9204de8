/// A text and the pieces that it has been cut into so far.
struct TextPieces {
  /// The text, as it has been rewritten so far.
  var bytes: [UInt8]
  /// Where the pieces are; none is empty, and what lies between them has been removed.
  var ranges: [Range<Int>]
  /// Whether the first piece begins where the original text begins.
  var startsAtOrigin: Bool

  /// Replaces each piece by its parts.
  ///
  /// - Parameter cut: Adds the parts of a piece; empty ones are left out.
  mutating func cut(
    _ cut: (_ bytes: Span<UInt8>, _ piece: Range<Int>, _ parts: inout Parts) -> Void
  ) {
    var parts = Parts()
    parts.ranges.reserveCapacity(ranges.count)
    let origin = ranges.first?.lowerBound
    for range in ranges { cut(bytes.span, range, &parts) }
    if parts.ranges.first?.lowerBound != origin { startsAtOrigin = false }
    ranges = parts.ranges
  }

  /// Rewrites each piece.
  ///
  /// - Parameter rewrite: Adds what a piece becomes to the new text.
  mutating func rewrite(
    _ rewrite: (_ piece: Span<UInt8>, _ startsAtOrigin: Bool, _ result: inout [UInt8]) -> Void
  ) {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 4)
    for index in ranges.indices {
      let start = result.count
      rewrite(bytes.span.extracting(ranges[index]), startsAtOrigin && index == 0, &result)
      ranges[index] = start..<result.count
    }
    bytes = result
  }

  /// The parts of pieces.
  struct Parts {
    fileprivate(set) var ranges: [Range<Int>] = []

    /// Adds a part unless it is empty.
    @inline(__always)
    mutating func add(_ start: Int, _ end: Int) {
      if start < end { ranges.append(start..<end) }
    }
  }
}
