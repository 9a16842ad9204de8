import Foundation

/// A regular expression that cuts text, as tokenizer.json writes it (Oniguruma's dialect).
///
/// It is run by Foundation's regular expressions. Their `\s` lacks U+000B and U+0085, so `\s` and
/// `\S` are written out as the characters that Oniguruma means.
struct SplitPattern: Sendable, Equatable {
  private static let whitespace = #"\t-\r\x{85}\p{Z}"#

  /// The expression as the file spells it.
  let source: String
  private let expression: NSRegularExpression

  /// Creates a pattern; `nil` for an expression that cannot be run exactly.
  init?(_ source: String) {
    guard let translated = Self.translated(source),
      let expression = try? NSRegularExpression(pattern: translated)
    else { return nil }
    self.source = source
    self.expression = expression
  }

  /// The matches and what lies between them, in order; together the whole text.
  func pieces(of text: Substring) -> [Substring] {
    let whole = String(text)
    let matches = expression.matches(
      in: whole, range: NSRange(whole.startIndex..., in: whole))
    var pieces: [Substring] = []
    var end = whole.startIndex
    for match in matches {
      guard let range = Range(match.range, in: whole), !range.isEmpty else { continue }
      if end < range.lowerBound { pieces.append(whole[end..<range.lowerBound]) }
      pieces.append(whole[range])
      end = range.upperBound
    }
    if end < whole.endIndex { pieces.append(whole[end...]) }
    return pieces
  }

  /// The expression with `\s` and `\S` written out; `nil` for `\S` inside of brackets.
  private static func translated(_ source: String) -> String? {
    var result = ""
    var depth = 0
    var scalars = source.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      if scalar == "[" { depth += 1 }
      if scalar == "]" { depth = max(0, depth - 1) }
      guard scalar == "\\" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalars.next() {
      case "s": result += depth > 0 ? whitespace : "[\(whitespace)]"
      case "S" where depth > 0: return nil
      case "S": result += "[^\(whitespace)]"
      case let next?: result += "\\\(next)"
      case nil: return nil
      }
    }
    return result
  }

  static func == (left: SplitPattern, right: SplitPattern) -> Bool { left.source == right.source }
}
