/// What text is searched for: an expression, as tokenizer.json writes it (Oniguruma's dialect), or
/// a text.
struct SplitPattern: Sendable {
  private enum Matcher: Sendable {
    case words(WordMatcher)
    case scalars(ScalarPattern)
    case foundation(FoundationPattern)
    case literal([UInt8])
  }

  private let matcher: Matcher

  /// Creates a pattern; `nil` for an expression that cannot be run.
  init?(expression: String) {
    if let words = WordMatcher(pattern: expression) {
      matcher = .words(words)
    } else if let pattern = ScalarPattern(expression) {
      matcher = .scalars(pattern)
    } else if let pattern = FoundationPattern(expression) {
      matcher = .foundation(pattern)
    } else {
      return nil
    }
  }

  /// Creates a pattern that finds a text.
  init(literal: [UInt8]) { matcher = .literal(literal) }

  /// The words that the pattern cuts all text into, where it is one of those.
  var words: WordMatcher? {
    if case .words(let words) = matcher { words } else { nil }
  }

  /// The matches in a piece of text and what lies between them, in order.
  func matches(
    _ text: Span<UInt8>, in piece: Range<Int>
  ) -> [(range: Range<Int>, isMatch: Bool)] {
    var result: [(range: Range<Int>, isMatch: Bool)] = []
    var last = piece.lowerBound
    func add(_ range: Range<Int>) {
      if last < range.lowerBound { result.append((last..<range.lowerBound, false)) }
      result.append((range, true))
      last = range.upperBound
    }
    switch matcher {
    case .words(let words):
      var pieces = TextPieces.Parts()
      words.cut(text, piece, &pieces)
      return pieces.ranges.map { ($0, true) }
    case .literal(let bytes): Self.find(bytes, text, piece, add)
    case .foundation(let pattern): pattern.matches(text, in: piece).forEach(add)
    case .scalars(let pattern): Self.find(pattern, text, piece, add)
    }
    if last < piece.upperBound { result.append((last..<piece.upperBound, false)) }
    return result
  }

  private static func find(
    _ bytes: [UInt8], _ text: Span<UInt8>, _ piece: Range<Int>, _ add: (Range<Int>) -> Void
  ) {
    guard let first = bytes.first else { return }
    var position = piece.lowerBound
    while position + bytes.count <= piece.upperBound {
      guard text[position] == first, text.hasBytes(bytes, at: position) else {
        position += 1
        continue
      }
      add(position..<position + bytes.count)
      position += bytes.count
    }
  }

  private static func find(
    _ pattern: ScalarPattern, _ text: Span<UInt8>, _ piece: Range<Int>, _ add: (Range<Int>) -> Void
  ) {
    var position = piece.lowerBound
    while position < piece.upperBound {
      guard let end = pattern.matchEnd(text, at: position, in: piece), end > position else {
        position += text.scalar(at: position).length
        continue
      }
      add(position..<end)
      position = end
    }
  }
}
