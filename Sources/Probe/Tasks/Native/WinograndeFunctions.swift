import Core
import Templates

/// What lm-eval's `winogrande/preprocess_winogrande.py` does: the choices are contexts, the text
/// after the blank is what follows each.
enum WinograndeFunctions {
  static let all = [
    NativeFunction(
      name: "winogrande/preprocess_winogrande.doc_to_text",
      summary: "the place of the right option",
      body: .part { row in .integer(try row.place("answer", among: ["1", "2"])) }),
    NativeFunction(
      name: "winogrande/preprocess_winogrande.doc_to_target",
      summary: "the sentence after its blank",
      body: .part { row in .string(PythonString.strip(String(try halves(row).after))) }),
    NativeFunction(
      name: "winogrande/preprocess_winogrande.doc_to_choice",
      summary: "the sentence up to its blank with each option",
      body: .part { row in
        let before = try halves(row).before
        let options = [try row.text("option1"), try row.text("option2")]
        return .array(options.map { .string(before + $0) })
      }),
  ]

  /// The sentence on both sides of its blank.
  private static func halves(
    _ row: DataSplit.Row
  ) throws -> (before: String, after: Substring.UnicodeScalarView) {
    let sentence = try row.text("sentence").unicodeScalars
    guard let blank = sentence.firstIndex(of: "_") else {
      throw row.error("field 'sentence' has no '_'")
    }
    return (String(sentence[..<blank]), sentence[sentence.index(after: blank)...])
  }
}
