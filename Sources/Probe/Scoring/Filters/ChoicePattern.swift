import Core
import OrderedCollections
import Templates

/// Which choice an answer names: by a regular expression, else by its text, else by its letter.
///
/// lm-eval's `multi_choice_regex`; the letters stand in brackets, as in `(A)`.
struct ChoicePattern: Sendable {
  private let pattern: AnswerPattern
  private let ignored: [RegularExpression]
  private let ignoresCase: Bool
  private let ignoresPunctuation: Bool

  /// Reads the arguments of the filter.
  init(_ keys: KeyReader) throws {
    pattern = try AnswerPattern(keys)
    ignoresCase = try keys.bool("ignore_case") ?? false
    ignoresPunctuation = try keys.bool("ignore_punctuation") ?? false
    let patterns = try (keys.array("regexes_to_ignore") ?? []).compactMap(\.string)
    do {
      ignored = try patterns.map(RegularExpression.init)
    } catch {
      throw keys.source.error(key: "filter_list", error.message)
    }
  }

  /// The choice that an answer names, or what stands for none.
  ///
  /// - Throws: `InputError` if the row has no list of choices.
  func answer(_ answer: String, _ row: DataSplit.Row) throws -> String {
    guard let choices = row.fields["choices"]?.array else {
      throw row.error("filter 'multi_choice_regex' needs a field 'choices' with a list")
    }
    if let match = pattern.match(in: answer) { return match }
    let texts = choices.map { plain(PythonText.strip($0.string ?? "")) }
    let letters = texts.indices.map { String(UnicodeScalar(UInt8(65 + $0 % 26))) }
    return try byText(plain(answer), texts, letters)
      ?? byLetter(answer, letters) ?? pattern.fallback
  }

  private func byText(
    _ answer: String, _ texts: [String], _ letters: [String]
  ) throws -> String? {
    // A longer choice first: one that begins like another must not be hidden by it.
    let longestFirst = texts.sorted { $0.unicodeScalars.count > $1.unicodeScalars.count }
    let expression = try RegularExpression(
      longestFirst.map(RegularExpression.escaped).joined(separator: "|"))
    guard let match = expression.match(in: answer, at: pattern.place).map(PythonText.strip) else {
      return nil
    }
    return texts.lastIndex(of: match).map { "(\(letters[$0]))" } ?? match
  }

  private func byLetter(_ answer: String, _ letters: [String]) throws -> String? {
    let expression = try RegularExpression(#":[\s]*("# + letters.joined(separator: "|") + ")")
    return expression.match(in: answer, at: pattern.place).map { "(\(PythonText.strip($0)))" }
  }

  /// A text without what is ignored.
  private func plain(_ text: String) -> String {
    var text = ignored.reduce(text) { $1.removing(from: $0) }
    if ignoresCase { text = PythonString.lowercased(text) }
    guard ignoresPunctuation else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.filter { !$0.properties.isPunctuation }))
  }
}

extension Unicode.Scalar.Properties {
  /// Whether the general category is one of punctuation.
  fileprivate var isPunctuation: Bool {
    switch generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
