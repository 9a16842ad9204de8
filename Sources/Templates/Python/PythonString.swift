/// Python's string methods on Swift strings, by code point.
public enum PythonString {
  typealias Scalars = [Unicode.Scalar]

  static func scalars(_ text: String) -> Scalars { Array(text.unicodeScalars) }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Which ends of a string are stripped.
  public enum Ends: Sendable { case leading, trailing, both }

  /// The string without the given characters, or without white space, at its ends.
  public static func strip(
    _ text: String, _ ends: Ends = .both, characters: String? = nil
  ) -> String {
    let removed = characters.map { Set($0.unicodeScalars) }
    let goes = { (scalar: Unicode.Scalar) in
      removed?.contains(scalar) ?? PythonText.isSpace(scalar)
    }
    var rest = Substring(text).unicodeScalars
    if ends != .trailing { rest = rest.drop(while: goes) }
    while ends != .leading, let last = rest.last, goes(last) { rest.removeLast() }
    return String(rest)
  }

  /// The pieces between the separators, or between runs of white space; at most `limit` cuts.
  static func split(_ text: String, separator: String?, limit: Int) -> [String] {
    guard let separator else { return splitAtSpace(text, limit: limit) }
    let whole = scalars(text)
    let mark = scalars(separator)
    var pieces: [String] = []
    var start = 0
    while limit < 0 || pieces.count < limit, let next = find(mark, in: whole, from: start) {
      pieces.append(string(whole[start..<next]))
      start = next + mark.count
    }
    return pieces + [string(whole[start...])]
  }

  private static func splitAtSpace(_ text: String, limit: Int) -> [String] {
    var pieces: [String] = []
    var rest = Substring(text).unicodeScalars.drop(while: PythonText.isSpace)
    while !rest.isEmpty {
      guard limit < 0 || pieces.count < limit else {
        return pieces + [strip(String(rest), .trailing)]
      }
      let word = rest.prefix { !PythonText.isSpace($0) }
      pieces.append(String(word))
      rest = rest[word.endIndex...].drop(while: PythonText.isSpace)
    }
    return pieces
  }

  /// The index of the first occurrence at or after a start.
  static func find(_ needle: Scalars, in whole: Scalars, from start: Int = 0) -> Int? {
    guard whole.count - start >= needle.count else { return nil }
    return (start...(whole.count - needle.count)).first { whole[$0...].starts(with: needle) }
  }

  /// The index of the last occurrence.
  static func findLast(_ needle: Scalars, in whole: Scalars) -> Int? {
    guard whole.count >= needle.count else { return nil }
    return (0...(whole.count - needle.count)).last { whole[$0...].starts(with: needle) }
  }

  /// How often one string stands in another without overlap.
  static func count(_ needle: String, in text: String) -> Int {
    guard !needle.isEmpty else { return text.unicodeScalars.count + 1 }
    return split(text, separator: needle, limit: -1).count - 1
  }

  /// The string with the first `limit` occurrences replaced, all of them if that is negative.
  static func replace(_ text: String, _ old: String, _ new: String, limit: Int) -> String {
    if old.isEmpty { return interleave(text, new, limit: limit) }
    return split(text, separator: old, limit: limit).joined(separator: new)
  }

  /// What Python does when the empty string is replaced: the new one goes between all characters.
  private static func interleave(_ text: String, _ new: String, limit: Int) -> String {
    let whole = scalars(text)
    let places = limit < 0 ? whole.count + 1 : min(limit, whole.count + 1)
    var result = ""
    for index in 0...whole.count {
      if index < places { result += new }
      if index < whole.count { result.unicodeScalars.append(whole[index]) }
    }
    return result
  }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
    text.utf8.reversed().starts(with: suffix.utf8.reversed())
  }

  /// The first character in title case, the others in lower case.
  public static func capitalize(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping + lower(scalars(text), from: 1)
  }

  /// All characters in lower case, as `str.lower()` gives them: one by one, but for a sigma at the end of
  /// a word.
  public static func lowercased(_ text: some StringProtocol) -> String {
    lower(Array(text.unicodeScalars), from: 0)
  }

  /// The words between runs of white space, as `str.split()` gives them.
  public static func words(_ text: String) -> [Substring] {
    text.unicodeScalars.split(whereSeparator: PythonText.isSpace).map(Substring.init)
  }

  /// The characters from a place on in lower case, a sigma at the end of a word in its final form.
  private static func lower(_ whole: Scalars, from start: Int) -> String {
    var result = ""
    for index in start..<whole.count {
      let isFinal = whole[index] == "\u{3A3}" && endsWord(at: index, of: whole)
      result += isFinal ? "\u{3C2}" : whole[index].properties.lowercaseMapping
    }
    return result
  }

  private static func endsWord(at index: Int, of whole: Scalars) -> Bool {
    let counts = { (scalar: Unicode.Scalar) in !scalar.properties.isCaseIgnorable }
    guard let before = whole[..<index].last(where: counts), before.properties.isCased else {
      return false
    }
    return !(whole[(index + 1)...].first(where: counts)?.properties.isCased ?? false)
  }

  /// Every run of letters as ``capitalize(_:)`` leaves it.
  static func title(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      result +=
        isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      isInside = scalar.properties.isCased
    }
    return result
  }

  /// Jinja's `title` filter: words begin after white space, a hyphen or an opening bracket.
  static func titleFilter(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      result +=
        isInside ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
      isInside = !(PythonText.isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar))
    }
    return result
  }
}
