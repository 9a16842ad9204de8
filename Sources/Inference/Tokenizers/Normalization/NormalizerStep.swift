import Formats

/// One way of rewriting text before it is cut; steps are applied one after the other.
enum NormalizerStep: Sendable {
  /// What BERT's normalizer does, part by part.
  struct BertParts: Sendable {
    var cleansText: Bool
    var spacesChinese: Bool
    var stripsAccents: Bool
    var lowercases: Bool
  }

  case form(NormalForm)
  case lowercase
  /// Removes white space at the ends.
  case strip(left: Bool, right: Bool)
  case replace(SplitPattern, with: [UInt8])
  /// Puts a text before one that is not empty.
  case prepend([UInt8])
  /// Removes combining marks.
  case stripAccents
  /// Removes control characters; separators become spaces (SentencePiece's `nmt` rules).
  case nmt
  case bert(BertParts)
  case characterMap(CharacterMap)
  /// Writes every byte as a character of the byte-level alphabet.
  case spellBytes
  /// All that SentencePiece does before it looks for tokens.
  case sentencePiece(SentencePieceNormalizer)

  /// Applies the step.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - startsAtOrigin: Whether it begins where the original text does; false once its first
  ///     scalars have been removed.
  func apply(to text: inout [UInt8], _ startsAtOrigin: inout Bool) {
    switch self {
    case .form(let form): text = form.normalized(text)
    case .lowercase: text = Self.lowercased(text)
    case .strip(let left, let right): Self.strip(&text, left, right, &startsAtOrigin)
    case .replace(let pattern, let replacement): Self.replace(&text, pattern, replacement)
    case .prepend(let prefix): if !text.isEmpty { text.insert(contentsOf: prefix, at: 0) }
    case .stripAccents: Self.remove(&text, &startsAtOrigin, LegacyScalars.isMark)
    case .nmt: Self.applyNMT(to: &text, &startsAtOrigin)
    case .bert(let parts): parts.apply(to: &text, &startsAtOrigin)
    case .characterMap(let map): text = map.rewritten(text)
    case .spellBytes:
      var spelled: [UInt8] = []
      ByteLevelAlphabet.append(text.span, to: &spelled)
      text = spelled
    case .sentencePiece(let normalizer): text = normalizer.normalized(text)
    }
  }

  /// Every scalar in lower case by itself.
  static func lowercased(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let span = text.span
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      if value < 0x80 {
        result.append((0x41...0x5A).contains(value) ? UInt8(value) | 0x20 : UInt8(value))
      } else if let scalar = Unicode.Scalar(value) {
        result.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
      position += length
    }
    return result
  }

  private static func strip(
    _ text: inout [UInt8], _ left: Bool, _ right: Bool, _ startsAtOrigin: inout Bool
  ) {
    let table = ScalarTable.shared
    let source = text
    let span = source.span
    var start = 0
    var end = span.count
    while left, start < end {
      let (value, length) = span.scalar(at: start)
      guard table[value].isWhitespace else { break }
      start += length
    }
    while right, end > start {
      let (value, length) = span.scalar(before: end)
      guard table[value].isWhitespace else { break }
      end -= length
    }
    if start > 0 { startsAtOrigin = false }
    if start > 0 || end < source.count { text = Array(source[start..<end]) }
  }

  private static func replace(
    _ text: inout [UInt8], _ pattern: SplitPattern, _ replacement: [UInt8]
  ) {
    guard !text.isEmpty else { return }
    let matches = pattern.matches(text.span, in: 0..<text.count)
    guard matches.contains(where: \.isMatch) else { return }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for (range, isMatch) in matches {
      if isMatch { result += replacement } else { result += text[range] }
    }
    text = result
  }

  /// Removes scalars.
  static func remove(
    _ text: inout [UInt8], _ startsAtOrigin: inout Bool, _ isRemoved: (UInt32) -> Bool
  ) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let source = text
    let span = source.span
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      if !isRemoved(value) {
        result.append(contentsOf: span.extracting(position..<position + length))
      } else if result.isEmpty {
        startsAtOrigin = false
      }
      position += length
    }
    text = result
  }

  private static func applyNMT(to text: inout [UInt8], _ startsAtOrigin: inout Bool) {
    remove(&text, &startsAtOrigin) { value in
      switch value {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
      default: false
      }
    }
    text = mapped(text) { value in
      switch value {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        0x20
      default: value
      }
    }
  }

  /// A text with each scalar replaced by another.
  static func mapped(_ text: [UInt8], _ map: (UInt32) -> UInt32) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let span = text.span
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      result.append(scalar: map(value))
      position += length
    }
    return result
  }
}

extension NormalizerStep.BertParts {
  /// The ranges that BERT takes for Chinese characters; U+2B820 to U+2B91F are missing as there.
  private static let chinese: [ClosedRange<UInt32>] = [
    0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
    0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F,
  ]

  fileprivate func apply(to text: inout [UInt8], _ startsAtOrigin: inout Bool) {
    if cleansText { Self.clean(&text, &startsAtOrigin) }
    if spacesChinese { Self.spaceChinese(&text) }
    if stripsAccents {
      text = NormalForm.canonicalDecomposition.normalized(text)
      NormalizerStep.remove(&text, &startsAtOrigin, LegacyScalars.isNonspacingMark)
    }
    if lowercases { text = NormalizerStep.lowercased(text) }
  }

  private static func clean(_ text: inout [UInt8], _ startsAtOrigin: inout Bool) {
    func isSpace(_ value: UInt32) -> Bool { value == 0x09 || value == 0x0A || value == 0x0D }
    NormalizerStep.remove(&text, &startsAtOrigin) { value in
      value == 0 || value == 0xFFFD || (!isSpace(value) && LegacyScalars.isControl(value))
    }
    let table = ScalarTable.shared
    text = NormalizerStep.mapped(text) { table[$0].isWhitespace ? 0x20 : $0 }
  }

  private static func spaceChinese(_ text: inout [UInt8]) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let source = text
    let span = source.span
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      let isChinese = value >= 0x3400 && chinese.contains { $0.contains(value) }
      if isChinese { result.append(0x20) }
      result.append(contentsOf: span.extracting(position..<position + length))
      if isChinese { result.append(0x20) }
      position += length
    }
    text = result
  }
}
