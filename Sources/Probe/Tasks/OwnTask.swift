import Core
import Foundation
import OrderedCollections
import Templates

/// Tasks that are made of a user's own file, without a task file.
public enum OwnTask {
  /// Multiple-choice questions of a table or of JSON lines, with the fields `question`, `choices` and
  /// `answer`.
  ///
  /// Choices are a list, which a table may hold as JSON or Python print it, or one text in which they
  /// stand between `|`. The answer is the text of a
  /// choice or its letter. The task is named as the file.
  ///
  /// - Throws: `InputError` with file and row.
  public static func questions(path: String) throws -> EvalTask {
    let file = RowFile(path)
    let rows = try file.rows(typed: false).map(question)
    guard !rows.isEmpty else { throw InputError(path: path, "there is no question") }
    return try task(
      path: path, file: "questions.yaml", rows: rows,
      [
        "output_type": "multiple_choice", "doc_to_text": "Question: {{question}}\nAnswer:",
        "doc_to_choice": "choices", "doc_to_target": "answer",
      ])
  }

  /// A text, paragraph by paragraph, each by itself.
  ///
  /// The task is named as the file.
  ///
  /// - Throws: `InputError` if the file cannot be read, is not UTF-8 or has no text.
  public static func text(path: String) throws -> EvalTask {
    var bytes = try MappedFile.contents(ofFile: path)
    if let method = Decompressor.Method(path: path) {
      bytes = try Decompressor(method, path: path).unpack(bytes)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InputError(path: path, "the file is not UTF-8")
    }
    let rows = paragraphs(text).map { paragraph in
      DataSplit.Row(fields: ["text": .string(paragraph.text)], path: path, number: paragraph.line)
    }
    guard !rows.isEmpty else { throw InputError(path: path, "there is no text in the file") }
    let metrics: [JSONValue] = ["token", "word", "byte"].map { unit in
      [
        "metric": .string("\(unit)_perplexity"), "aggregation": "weighted_perplexity",
        "higher_is_better": false,
      ]
    }
    let others: [JSONValue] = [
      ["metric": "bits_per_byte", "aggregation": "bits_per_byte", "higher_is_better": false],
      [
        "metric": "loss_per_token", "higher_is_better": false,
        "aggregation": .string("\(YAMLReader.functionTag)text.mean_loss"),
      ],
    ]
    return try task(
      path: path, file: "text.yaml", rows: rows,
      [
        "output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "text",
        "process_results": .string("\(YAMLReader.functionTag)text.process_results"),
        "metric_list": .array(metrics + others),
      ])
  }

  /// The name of the task that a file makes: the file's, up to its first point.
  public static func name(ofFile path: String) -> String {
    let name = URL(filePath: path).lastPathComponent.prefix { $0 != "." }
    return name.isEmpty ? "own" : String(name)
  }

  /// A task in the program's own folder `own`, whose functions are looked up there.
  private static func task(
    path: String, file: String, rows: [DataSplit.Row], _ keys: OrderedDictionary<String, JSONValue>
  ) throws -> EvalTask {
    var values: OrderedDictionary<String, JSONValue> = [
      "task": .string(name(ofFile: path)), "dataset_path": "json",
      "dataset_kwargs": ["data_files": ["test": .string(path)]], "test_split": "test",
      "num_fewshot": 0,
    ]
    values.merge(keys) { $1 }
    let source = TaskSource(path: "\(TaskFiles.shippedPrefix)own/\(file)", values: values)
    return try EvalTask(source, rows: rows)
  }

  // MARK: Questions

  private static func question(_ row: DataSplit.Row) throws -> DataSplit.Row {
    let choices = try choices(row)
    guard choices.count > 1 else {
      throw row.error("field 'choices' has \(choices.count) choices, expected at least 2")
    }
    if let empty = choices.firstIndex(of: "") {
      throw row.error("field 'choices': choice \(empty + 1) is empty")
    }
    return row.setting([
      "question": .string(try row.text("question")),
      "choices": .array(choices.map(JSONValue.string)),
      "answer": .integer(try answer(row, choices)),
    ])
  }

  private static func choices(_ row: DataSplit.Row) throws -> [String] {
    let value = try row.value("choices")
    if value.array != nil { return try row.texts("choices") }
    let text = PythonString.strip(try row.text("choices"))
    if text.hasPrefix("["), let list = PythonLiteral.parse(text)?.array {
      let texts = list.compactMap(\.string)
      guard texts.count == list.count else {
        throw row.error("field 'choices' holds something else than texts")
      }
      return texts
    }
    return text.split(separator: "|", omittingEmptySubsequences: false)
      .map { PythonString.strip(String($0)) }
  }

  private static func answer(_ row: DataSplit.Row, _ choices: [String]) throws -> Int {
    let value = try row.value("answer")
    let text = PythonString.strip(PythonText.str(value))
    let places = choices.indices.filter { PythonText.equal(choices[$0], text) }
    guard places.count < 2 else {
      throw row.error("field 'answer' is '\(text)', which is more than one of the choices")
    }
    if let place = places.first { return place }
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".prefix(choices.count).map(String.init)
    guard let place = letters.firstIndex(of: text.uppercased()) else {
      throw row.error(
        "field 'answer' is '\(text)', expected one of the choices or a letter from "
          + "\(letters.first ?? "A") to \(letters.last ?? "A")")
    }
    return place
  }

  // MARK: Text

  /// The pieces between empty lines, and the line on which each starts, from 1.
  private static func paragraphs(_ text: String) -> [(text: String, line: Int)] {
    var found: [(text: String, line: Int)] = []
    var isInside = false
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      guard !line.allSatisfy(\.isWhitespace) else {
        isInside = false
        continue
      }
      if isInside {
        found[found.count - 1].text += "\n\(line)"
      } else {
        found.append((String(line), index + 1))
      }
      isInside = true
    }
    return found
  }
}
