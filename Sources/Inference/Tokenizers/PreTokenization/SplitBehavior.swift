/// What becomes of the matches of a pattern that cuts text.
enum SplitBehavior: String, Sendable {
  /// They are left out.
  case removed = "Removed"
  /// Each is a piece of its own.
  case isolated = "Isolated"
  /// Each joins the piece before it.
  case mergedWithPrevious = "MergedWithPrevious"
  /// Each joins the piece after it.
  case mergedWithNext = "MergedWithNext"
  /// Neighbouring ones make one piece.
  case contiguous = "Contiguous"

  /// Adds the pieces that matches leave.
  ///
  /// - Parameters:
  ///   - matches: The matches and what lies between them, in order.
  ///   - parts: Where the pieces go.
  func apply(_ matches: [(range: Range<Int>, isMatch: Bool)], to parts: inout TextPieces.Parts) {
    switch self {
    case .removed:
      for (range, isMatch) in matches where !isMatch {
        parts.add(range.lowerBound, range.upperBound)
      }
    case .isolated:
      for (range, _) in matches { parts.add(range.lowerBound, range.upperBound) }
    case .contiguous:
      join(matches, to: &parts) { previous, next in previous == next }
    case .mergedWithPrevious:
      join(matches, to: &parts) { previous, next in next && !previous }
    case .mergedWithNext:
      joinBackwards(matches, to: &parts)
    }
  }

  private func join(
    _ matches: [(range: Range<Int>, isMatch: Bool)], to parts: inout TextPieces.Parts,
    _ belongs: (_ previous: Bool, _ next: Bool) -> Bool
  ) {
    var open: Range<Int>?
    var previous = false
    for (range, isMatch) in matches {
      if let begun = open, belongs(previous, isMatch) {
        open = begun.lowerBound..<range.upperBound
      } else {
        if let open { parts.add(open.lowerBound, open.upperBound) }
        open = range
      }
      previous = isMatch
    }
    if let open { parts.add(open.lowerBound, open.upperBound) }
  }

  private func joinBackwards(
    _ matches: [(range: Range<Int>, isMatch: Bool)], to parts: inout TextPieces.Parts
  ) {
    var joined: [Range<Int>] = []
    var previous = false
    for (range, isMatch) in matches.reversed() {
      if isMatch, !previous, let last = joined.last {
        joined[joined.count - 1] = range.lowerBound..<last.upperBound
      } else {
        joined.append(range)
      }
      previous = isMatch
    }
    for range in joined.reversed() { parts.add(range.lowerBound, range.upperBound) }
  }
}
