/// A regular expression of the kind that tokenizers cut text by, matched on UTF-8.
///
/// Alternatives, sequences, sets with counts, look-ahead and groups that are optional at most. It
/// matches as Oniguruma does: alternatives in order, counts as large as possible, with backtracking.
struct ScalarPattern: Sendable {
  /// A step of the match; each goes on at the step `next`.
  indirect enum Step: Sendable {
    /// Scalars of a set.
    case set(ScalarSet, counts: ClosedRange<Int>, isPossessive: Bool)
    /// One of several ways, each of which goes on by itself.
    case choice([Int])
    /// What follows must match, or must not, and is not taken.
    case lookahead(Int, isNegated: Bool)
    /// The end of a line or of the text (`$`).
    case lineEnd
    /// The start of a line or of the text (`^`).
    case lineStart
    /// The match is complete.
    case accept
  }

  private let steps: [(step: Step, next: Int)]
  private let start: Int
  private let table = ScalarTable.shared

  /// Creates a pattern; `nil` for an expression that it cannot match exactly.
  init?(_ source: String) {
    var parser = ScalarPatternParser(source)
    guard let start = parser.parse() else { return nil }
    self.start = start
    steps = parser.steps
  }

  /// The end of the match that begins at a position of a piece of text, or `nil`.
  func matchEnd(_ text: Span<UInt8>, at position: Int, in piece: Range<Int>) -> Int? {
    match(start, text, position, piece)
  }

  private func match(_ index: Int, _ text: Span<UInt8>, _ position: Int, _ piece: Range<Int>)
    -> Int?
  {
    let (step, next) = steps[index]
    switch step {
    case .accept: return position
    case .set(let set, let counts, let isPossessive):
      return matchSet(set, counts, isPossessive, next, text, position, piece)
    case .choice(let ways):
      for way in ways {
        if let end = match(way, text, position, piece) { return end }
      }
      return nil
    case .lookahead(let inner, let isNegated):
      guard (match(inner, text, position, piece) == nil) == isNegated else { return nil }
      return match(next, text, position, piece)
    case .lineEnd:
      let isEnd = position == piece.upperBound || text[position] == UInt8(ascii: "\n")
      return isEnd ? match(next, text, position, piece) : nil
    case .lineStart:
      let isStart = position == piece.lowerBound || text[position - 1] == UInt8(ascii: "\n")
      return isStart ? match(next, text, position, piece) : nil
    }
  }

  private func matchSet(
    _ set: ScalarSet, _ counts: ClosedRange<Int>, _ isPossessive: Bool, _ next: Int,
    _ text: Span<UInt8>, _ start: Int, _ piece: Range<Int>
  ) -> Int? {
    var position = start
    var count = 0
    while count < counts.upperBound, position < piece.upperBound {
      let (value, length) = text.scalar(at: position)
      guard set.contains(value, table) else { break }
      position += length
      count += 1
    }
    while count >= counts.lowerBound {
      if let end = match(next, text, position, piece) { return end }
      guard !isPossessive, count > counts.lowerBound else { return nil }
      position -= text.scalar(before: position).length
      count -= 1
    }
    return nil
  }
}
