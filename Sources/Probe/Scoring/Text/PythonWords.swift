import Templates

/// The texts of metrics as Python's string methods cut and change them.
enum PythonWords {
  /// The words between runs of white space, as `str.split()` gives them.
  static func split(_ text: String) -> [Substring] {
    text.unicodeScalars.split(whereSeparator: PythonText.isSpace).map(Substring.init)
  }

  /// The text without white space at its end, as `str.rstrip()` gives it.
  static func trimmingEnd(_ text: String) -> Substring {
    var rest = Substring(text).unicodeScalars
    while let last = rest.last, PythonText.isSpace(last) { rest.removeLast() }
    return Substring(rest)
  }

  /// The text in lower case, as `str.lower()` gives it: character by character, but a capital sigma
  /// that ends a word becomes the letter that ends words.
  static func lowercased(_ text: some StringProtocol) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for (index, scalar) in scalars.enumerated() {
      if scalar == "Σ" {
        result.unicodeScalars.append(endsWord(at: index, in: scalars) ? "ς" : "σ")
      } else {
        result += scalar.properties.lowercaseMapping
      }
    }
    return result
  }

  /// Unicode's condition Final_Sigma: a letter with case before it and none behind it, whatever
  /// marks stand between.
  private static func endsWord(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let behind = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased ?? false && !(behind?.properties.isCased ?? false)
  }
}
