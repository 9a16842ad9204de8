/// The words of the patterns that most byte-level tokenizers cut text by, matched by hand.
///
/// Every position of a text begins a word, so words together are the whole text.
enum WordMatcher: Sendable, Equatable {
  /// GPT-2:
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  case gpt2
  /// LLaMA 3 (three digits), Qwen 2 (one digit) and their kin:
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
  case lines(digits: Int)

  /// The matcher of a pattern; `nil` for one that is matched another way.
  init?(pattern: String) {
    let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    let letters = #"[^\r\n\p{L}\p{N}]?\p{L}+|"#
    let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    switch pattern {
    case Self.gpt2Pattern: self = .gpt2
    case contractions + letters + #"\p{N}{1,3}"# + rest: self = .lines(digits: 3)
    case contractions + letters + #"\p{N}{1,2}"# + rest: self = .lines(digits: 2)
    case contractions + letters + #"\p{N}"# + rest: self = .lines(digits: 1)
    default: return nil
    }
  }

  /// GPT-2's pattern.
  static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Cuts a piece of text into words.
  func cut(_ text: Span<UInt8>, _ piece: Range<Int>, _ parts: inout TextPieces.Parts) {
    let scanner = WordScanner(table: .shared, end: piece.upperBound)
    var start = piece.lowerBound
    while start < piece.upperBound {
      let end: Int
      switch self {
      case .gpt2: end = scanner.plainWordEnd(text, start)
      case .lines(let digits): end = scanner.lineWordEnd(text, start, digits: digits)
      }
      parts.add(start, end)
      start = end
    }
  }
}

/// Finds the ends of words.
private struct WordScanner {
  /// What the patterns tell apart.
  private enum Kind { case letter, number, space, other, none }

  let table: ScalarTable
  /// Where the text ends.
  let end: Int

  @inline(__always)
  private func kind(_ text: Span<UInt8>, _ position: Int) -> (kind: Kind, length: Int) {
    guard position < end else { return (.none, 0) }
    let (value, length) = text.scalar(at: position)
    let entry = table[value]
    if entry.isIn(.letters) { return (.letter, length) }
    if entry.isIn(.numbers) { return (.number, length) }
    return (entry.isWhitespace ? .space : .other, length)
  }

  @inline(__always)
  private func runEnd(_ text: Span<UInt8>, _ start: Int, of wanted: Kind) -> Int {
    var position = start
    while true {
      let (kind, length) = kind(text, position)
      guard kind == wanted else { return position }
      position += length
    }
  }

  /// The end of the word of GPT-2's pattern.
  @inline(__always)
  func plainWordEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
    let byte = text[start]
    if byte == UInt8(ascii: "'"), let length = contraction(text, start, foldsCase: false) {
      return start + length
    }
    let first = byte == UInt8(ascii: " ") ? start + 1 : start
    let (kind, length) = kind(text, first)
    if kind != .space, kind != .none { return runEnd(text, first + length, of: kind) }
    return spaceEnd(text, start, runEnd(text, start, of: .space))
  }

  /// The end of the word of LLaMA 3's pattern.
  @inline(__always)
  func lineWordEnd(_ text: Span<UInt8>, _ start: Int, digits: Int) -> Int {
    let byte = text[start]
    if byte == UInt8(ascii: "'"), let length = contraction(text, start, foldsCase: true) {
      return start + length
    }
    let (first, length) = kind(text, start)
    switch first {
    case .letter: return runEnd(text, start + length, of: .letter)
    case .number: return numberEnd(text, start + length, more: digits - 1)
    case .space, .other, .none: break
    }
    let second = start + length
    let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    let (next, nextLength) = kind(text, second)
    if !isLineEnd, next == .letter { return runEnd(text, second + nextLength, of: .letter) }
    if first == .other || (byte == UInt8(ascii: " ") && next == .other) {
      return lineEnds(text, runEnd(text, second, of: .other))
    }
    return lineSpaceEnd(text, start)
  }

  private func numberEnd(_ text: Span<UInt8>, _ start: Int, more: Int) -> Int {
    var position = start
    for _ in 0..<more {
      let (kind, length) = kind(text, position)
      guard kind == .number else { break }
      position += length
    }
    return position
  }

  private func lineEnds(_ text: Span<UInt8>, _ start: Int) -> Int {
    var position = start
    while position < end,
      text[position] == UInt8(ascii: "\n") || text[position] == UInt8(ascii: "\r")
    {
      position += 1
    }
    return position
  }

  /// White space up to its last line end, if it has one.
  private func lineSpaceEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
    let run = runEnd(text, start, of: .space)
    var position = run
    while position > start {
      let byte = text[position - 1]
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return position }
      position -= 1
    }
    return spaceEnd(text, start, run)
  }

  /// The last scalar of white space belongs to the word after it.
  private func spaceEnd(_ text: Span<UInt8>, _ start: Int, _ run: Int) -> Int {
    guard run < end else { return run }
    let last = run - text.scalar(before: run).length
    return last > start ? last : run
  }

  private func contraction(_ text: Span<UInt8>, _ start: Int, foldsCase: Bool) -> Int? {
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < end else { return 0 }
      let byte = text[start + offset]
      return foldsCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
    switch letter(1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(2) == UInt8(ascii: "e") ? 3 : nil
    case UInt8(ascii: "l"): return letter(2) == UInt8(ascii: "l") ? 3 : nil
    // U+017F folds to 's'.
    case 0xC5 where foldsCase && letter(2) == 0xBF: return 3
    default: return nil
    }
  }
}
