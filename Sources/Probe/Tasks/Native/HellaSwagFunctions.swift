import Core
import OrderedCollections
import Templates

/// What lm-eval's `hellaswag/utils.py` does.
enum HellaSwagFunctions {
  static let all = [
    NativeFunction(
      name: "hellaswag/utils.process_docs",
      summary: "cleans contexts and endings and joins label and context",
      body: .rows { rows in try rows.map(processed) })
  ]

  private static func processed(_ row: DataSplit.Row) throws -> DataSplit.Row {
    let end = PythonString.capitalize(try row.text("ctx_b"))
    let context = "\(try row.text("activity_label")): \(try row.text("ctx_a")) \(end)"
    return row.setting([
      "query": .string(cleaned(context)),
      "choices": .array(try row.texts("endings").map { .string(cleaned($0)) }),
      "gold": .integer(try row.integer("label")),
    ])
  }

  /// Takes out the marks that WikiHow's part of the data set has in brackets.
  private static func cleaned(_ text: String) -> String {
    var edited = EditedText(PythonString.strip(text))
    edited.replace(" [title]", with: ". ")
    edited.removeEnclosed(from: "[", to: "]")
    edited.replace("  ", with: " ")
    return edited.text
  }
}
