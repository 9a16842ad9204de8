import Core
import Templates

/// Whether a text is the one that was expected, after what does not matter was taken away: lm-eval's
/// `exact_match`.
struct ExactMatch: Sendable {
  private let ignored: [RegularExpression]
  private let ignoresCase: Bool
  private let ignoresPunctuation: Bool
  private let ignoresNumbers: Bool

  /// Reads the options of a task.
  ///
  /// - Parameters:
  ///   - regexesToIgnore: What is removed from both texts, in this order.
  ///   - ignoresCase: Whether both are taken in lower case.
  ///   - ignoresPunctuation: Whether marks of ASCII are removed.
  ///   - ignoresNumbers: Whether digits of ASCII are removed.
  /// - Throws: ``InputError`` for a text that is no regular expression.
  init(
    regexesToIgnore: [String] = [], ignoresCase: Bool = false, ignoresPunctuation: Bool = false,
    ignoresNumbers: Bool = false
  ) throws(InputError) {
    var ignored: [RegularExpression] = []
    for pattern in regexesToIgnore {
      do {
        ignored.append(try RegularExpression(pattern))
      } catch {
        throw InputError(place: "key 'regexes_to_ignore'", error.message)
      }
    }
    self.ignored = ignored
    self.ignoresCase = ignoresCase
    self.ignoresPunctuation = ignoresPunctuation
    self.ignoresNumbers = ignoresNumbers
  }

  /// Whether a prediction is the reference.
  func matches(_ prediction: String, _ reference: String) -> Bool {
    // By code points: Swift calls two spellings of one accented letter equal, Python does not.
    reduced(prediction).utf8.elementsEqual(reduced(reference).utf8)
  }

  private func reduced(_ text: String) -> String {
    var text = ignored.reduce(text) { $1.removing(from: $0) }
    if ignoresCase { text = PythonString.lowercased(text) }
    if ignoresPunctuation { text = removing(text, where: Self.isPunctuation) }
    if ignoresNumbers { text = removing(text) { ("0"..."9").contains($0) } }
    return text
  }

  private func removing(_ text: String, where goes: (Unicode.Scalar) -> Bool) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { !goes($0) }))
  }

  /// Python's `string.punctuation`: the marks of ASCII.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
    default: false
    }
  }
}
