import Core
import Foundation

/// A regular expression as Python's `re` reads it, as far as Foundation's reads the same.
struct RegularExpression: Sendable {
  private let expression: NSRegularExpression

  /// Reads an expression.
  ///
  /// - Throws: `InputError` for one that is broken.
  init(_ pattern: String) throws(InputError) {
    // Named groups are the one thing in common use that is spelled differently.
    let pattern = pattern.replacing("(?P<", with: "(?<")
    do {
      expression = try NSRegularExpression(pattern: pattern)
    } catch {
      throw InputError("'\(pattern)' is no regular expression")
    }
  }

  /// One of all matches, as `re.findall` gives them: the whole where there is no group, else the first
  /// group that is not empty.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - place: Which match; from the end where it is negative.
  /// - Returns: The match; `nil` where there is none at the place, or all its groups are empty.
  func match(in text: String, at place: Int) -> String? {
    let matches = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
    let index = place < 0 ? matches.count + place : place
    guard matches.indices.contains(index) else { return nil }
    let groups = groups(of: matches[index], in: text)
    return groups.count == 1 ? groups[0] : groups.first { !$0.isEmpty }
  }

  private func groups(of match: NSTextCheckingResult, in text: String) -> [String] {
    let places = match.numberOfRanges == 1 ? 0..<1 : 1..<match.numberOfRanges
    return places.map { place in
      Range(match.range(at: place), in: text).map { String(text[$0]) } ?? ""
    }
  }

  /// The text without what the expression matches.
  func removing(from text: String) -> String {
    expression.stringByReplacingMatches(
      in: text, range: NSRange(text.startIndex..., in: text), withTemplate: "")
  }

  /// An expression that matches a text alone.
  static func escaped(_ text: String) -> String { NSRegularExpression.escapedPattern(for: text) }
}
