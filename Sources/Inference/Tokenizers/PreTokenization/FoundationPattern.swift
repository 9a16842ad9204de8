import Foundation

/// A regular expression of any kind, matched by Foundation.
///
/// Its `\s` lacks U+000B and U+0085, so `\s` and `\S` are written out as what Oniguruma means.
struct FoundationPattern: Sendable {
  private static let whitespace = #"\t-\r\x{85}\p{Z}"#

  private let expression: NSRegularExpression

  /// Creates a pattern; `nil` for an expression that is none.
  init?(_ source: String) {
    guard let translated = Self.translated(source),
      let expression = try? NSRegularExpression(pattern: translated)
    else { return nil }
    self.expression = expression
  }

  /// The matches in a piece of text, in order.
  func matches(_ text: Span<UInt8>, in piece: Range<Int>) -> [Range<Int>] {
    let whole = String(decoding: text.extracting(piece).copied, as: UTF8.self)
    let found = expression.matches(in: whole, range: NSRange(whole.startIndex..., in: whole))
    // Matches are counted in UTF-16 and need not be whole characters.
    var scalars = whole.unicodeScalars.makeIterator()
    var units = 0
    var bytes = piece.lowerBound
    func offset(_ target: Int) -> Int {
      while units < target, let scalar = scalars.next() {
        units += UTF16.width(scalar)
        bytes += UTF8.width(scalar)
      }
      return bytes
    }
    return found.map { match in
      let start = offset(match.range.location)
      return start..<offset(match.range.location + match.range.length)
    }
  }

  /// The expression with `\s` and `\S` written out; `nil` where it ends in a backslash.
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
      case "S": result += "[^\(whitespace)]"
      case let next?: result += "\\\(next)"
      case nil: return nil
      }
    }
    return result
  }
}
