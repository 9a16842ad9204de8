import Formats

/// One way of cutting text before it is looked up; steps are applied one after the other.
enum PreTokenizerStep: Sendable {
  /// When a space is put before a piece.
  enum PrefixScheme: String, Sendable {
    case always, first, never
  }

  /// Puts a space before a piece that does not start with one.
  case prefixSpace
  /// Writes every byte as a character of the byte-level alphabet.
  case spellBytes
  /// Cuts at the matches of a pattern.
  case split(SplitPattern, SplitBehavior, isInverted: Bool)
  /// Cuts numbers off, each digit alone or each run of digits together.
  case digits(isIndividual: Bool)
  /// Cuts at punctuation.
  case punctuation(SplitBehavior)
  /// Leaves out white space.
  case whitespace
  /// Leaves out white space, and cuts between words and what is none.
  case words
  /// Leaves out white space; punctuation stands alone.
  case bert
  /// Writes spaces as a mark, puts one before the text, and cuts before each.
  case metaspace(mark: [UInt8], prefix: PrefixScheme, splits: Bool)
  /// Cuts where a mark follows something else.
  case beforeMark([UInt8])

  /// Applies the step.
  func apply(to pieces: inout TextPieces) {
    switch self {
    case .prefixSpace:
      pieces.rewrite { piece, _, result in
        if piece[0] != UInt8(ascii: " ") { result.append(UInt8(ascii: " ")) }
        result.append(contentsOf: piece)
      }
    case .spellBytes:
      pieces.rewrite { piece, _, result in ByteLevelAlphabet.append(piece, to: &result) }
    case .split(let pattern, let behavior, let isInverted):
      Self.split(&pieces, pattern, behavior, isInverted)
    case .digits(let isIndividual):
      Self.cut(&pieces, isIndividual ? .isolated : .contiguous, at: Self.isNumber)
    case .punctuation(let behavior): Self.cut(&pieces, behavior, at: LegacyScalars.isPunctuation)
    case .whitespace: Self.cut(&pieces, .removed, at: Self.isWhitespace)
    case .words: Self.cutWords(&pieces)
    case .bert:
      Self.cut(&pieces, .removed, at: Self.isWhitespace)
      Self.cut(&pieces, .isolated, at: LegacyScalars.isPunctuation)
    case .metaspace(let mark, let prefix, let splits):
      Self.mark(&pieces, mark, prefix)
      if splits { Self.cut(&pieces, before: mark, evenAfterAnother: true) }
    case .beforeMark(let mark): Self.cut(&pieces, before: mark, evenAfterAnother: false)
    }
  }

  private static func split(
    _ pieces: inout TextPieces, _ pattern: SplitPattern, _ behavior: SplitBehavior,
    _ isInverted: Bool
  ) {
    if let words = pattern.words, behavior == .isolated, !isInverted {
      pieces.cut(words.cut)
      return
    }
    pieces.cut { text, piece, parts in
      var matches = pattern.matches(text, in: piece)
      if isInverted {
        for index in matches.indices { matches[index].isMatch.toggle() }
      }
      behavior.apply(matches, to: &parts)
    }
  }

  /// Cuts at single scalars.
  private static func cut(
    _ pieces: inout TextPieces, _ behavior: SplitBehavior, at isCut: (UInt32) -> Bool
  ) {
    guard behavior != .removed, behavior != .isolated else {
      return cut(&pieces, keepsCuts: behavior == .isolated, at: isCut)
    }
    pieces.cut { text, piece, parts in
      var matches: [(range: Range<Int>, isMatch: Bool)] = []
      var position = piece.lowerBound
      var start = position
      while position < piece.upperBound {
        let (value, length) = text.scalar(at: position)
        if isCut(value) {
          if start < position { matches.append((start..<position, false)) }
          matches.append((position..<position + length, true))
          start = position + length
        }
        position += length
      }
      if start < position { matches.append((start..<position, false)) }
      behavior.apply(matches, to: &parts)
    }
  }

  /// Cuts at single scalars, which become pieces of their own or are left out.
  private static func cut(
    _ pieces: inout TextPieces, keepsCuts: Bool, at isCut: (UInt32) -> Bool
  ) {
    pieces.cut { text, piece, parts in
      var position = piece.lowerBound
      var start = position
      while position < piece.upperBound {
        let (value, length) = text.scalar(at: position)
        if isCut(value) {
          parts.add(start, position)
          if keepsCuts { parts.add(position, position + length) }
          start = position + length
        }
        position += length
      }
      parts.add(start, position)
    }
  }

  private static func cutWords(_ pieces: inout TextPieces) {
    let table = ScalarTable.shared
    pieces.cut { text, piece, parts in
      var start = piece.lowerBound
      var position = start
      var wasWord = false
      while position < piece.upperBound {
        let (value, length) = text.scalar(at: position)
        let entry = table[value]
        if entry.isPlainWord != wasWord || entry.isWhitespace {
          parts.add(start, position)
          start = entry.isWhitespace ? position + length : position
          wasWord = entry.isPlainWord
        }
        position += length
      }
      parts.add(start, position)
    }
  }

  private static func mark(
    _ pieces: inout TextPieces, _ mark: [UInt8], _ prefix: PrefixScheme
  ) {
    pieces.rewrite { piece, startsAtOrigin, result in
      let isPrefixed = prefix == .always || (prefix == .first && startsAtOrigin)
      if isPrefixed, piece[0] != UInt8(ascii: " "), !piece.hasBytes(mark, at: 0) {
        result.append(contentsOf: mark)
      }
      for index in piece.indices {
        if piece[index] == UInt8(ascii: " ") {
          result.append(contentsOf: mark)
        } else {
          result.append(piece[index])
        }
      }
    }
  }

  /// Cuts before a mark, and perhaps also between two of them.
  private static func cut(
    _ pieces: inout TextPieces, before mark: [UInt8], evenAfterAnother: Bool
  ) {
    pieces.cut { text, piece, parts in
      var start = piece.lowerBound
      var position = start
      var isAfterMark = true
      while position < piece.upperBound {
        if text[position] == mark[0], text.hasBytes(mark, at: position) {
          if evenAfterAnother || !isAfterMark {
            parts.add(start, position)
            start = position
          }
          isAfterMark = true
          position += mark.count
        } else {
          isAfterMark = false
          position += 1
        }
      }
      parts.add(start, piece.upperBound)
    }
  }

  private static func isNumber(_ value: UInt32) -> Bool {
    if value < 128 { return (0x30...0x39).contains(value) }
    guard let category = Unicode.Scalar(value)?.properties.generalCategory else { return false }
    return ScalarCategories.numbers.contains(ScalarCategories(category))
  }

  private static func isWhitespace(_ value: UInt32) -> Bool {
    if value < 128 { return value == 0x20 || (0x09...0x0D).contains(value) }
    return ScalarTable.shared[value].isWhitespace
  }
}
