import Core
import Foundation
import TestSupport
import Testing

@testable import Probe

/// A task with one wrong thing, and the error that names it.
@Suite struct TaskErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var yaml: String
    var rows = Self.goodRows
    var shots: Int?
    var expected: String
    var testDescription: String { name }

    static let goodRows = """
      {"q": "one", "choices": ["a", "b"], "answer": 0}
      {"q": "two", "choices": ["a", "b"], "answer": 1}
      """

    init(
      _ name: String, _ changes: String, rows: String = goodRows, shots: Int? = nil,
      _ expected: String
    ) {
      self.name = name
      var keys = [
        "task: t", "dataset_path: json", "dataset_kwargs: {data_files: {test: rows.jsonl}}",
        "output_type: multiple_choice", "test_split: test", "doc_to_text: q",
        "doc_to_choice: choices", "doc_to_target: answer",
      ]
      for change in changes.split(separator: "\n") {
        let key = change.prefix { $0 != ":" }
        keys.removeAll { $0.hasPrefix("\(key):") }
        if !change.hasSuffix(": REMOVED") { keys.append(String(change)) }
      }
      yaml = keys.joined(separator: "\n")
      self.rows = rows
      self.shots = shots
      self.expected = expected
    }
  }

  static let cases = [
    Case(
      "function", "process_docs: !function utils.process",
      "t.yaml: key 'process_docs': Python function 'utils.process' is not part of this program, as '"
    ),
    Case(
      "function in a known key", "doc_to_text: !function utils.text",
      "t.yaml: key 'doc_to_text': Python function 'utils.text' is not part of this program"),
    Case(
      "nested function", "metric_list: [{metric: !function m.f}]",
      "t.yaml: key 'metric_list': Python function 'm.f' is not part of this program"),
    Case(
      "output type", "output_type: generate",
      "t.yaml: key 'output_type': 'generate' does not exist, only 'multiple_choice', 'loglikelihood'"
    ),
    Case(
      "function of another key", "description: !function utils.description",
      "t.yaml: key 'description': Python function 'utils.description' is not supported"),
    Case(
      "sampled answers",
      "output_type: generate_until\ngeneration_kwargs: {do_sample: true, temperature: 0.7}",
      "t.yaml: key 'generation_kwargs': 'do_sample: true' is not supported"),
    Case(
      "beams", "output_type: generate_until\ngeneration_kwargs: {num_beams: 4}",
      "t.yaml: key 'generation_kwargs': 'num_beams: 4' is not supported"),
    Case(
      "filter", "filter_list: [{name: x, filter: [{function: guess}]}]",
      "t.yaml: key 'filter_list': filter 'guess' is not supported, only 'take_first'"),
    Case(
      "regular expression",
      "filter_list: [{name: x, filter: [{function: regex, regex_pattern: '('}]}]",
      "t.yaml: key 'filter_list': '(' is no regular expression"),
    Case(
      "unknown key", "doc_to_txt: q",
      "t.yaml: key 'doc_to_txt': unknown key\n  hint: did you mean 'doc_to_text'"),
    Case("refused key", "use_prompt: So", "t.yaml: key 'use_prompt': not supported"),
    Case(
      "data set of the hub", "dataset_path: cais/mmlu",
      "t.yaml: key 'dataset_path':"),
    Case(
      "no data files", "dataset_kwargs: {}", "t.yaml: key 'dataset_kwargs': 'data_files' is missing"
    ),
    Case(
      "data argument", "dataset_kwargs: {field: x}",
      "t.yaml: key 'dataset_kwargs': 'field' is not supported"),
    Case(
      "missing data file", "dataset_kwargs: {data_files: {test: no.jsonl}}",
      "t.yaml: key 'dataset_kwargs': no data file; tried 'F/no.jsonl' and 'no.jsonl'"),
    Case(
      "no split", "test_split: REMOVED",
      "t.yaml: task 't' has neither 'test_split' nor 'validation_split'"),
    Case(
      "unknown split", "test_split: dev",
      "t.yaml: key 'test_split': there is no split 'dev', only 'test'"),
    Case(
      "unknown shot split", "fewshot_split: train", shots: 1,
      "t.yaml: key 'fewshot_split': there is no split 'train', only 'test'"),
    Case("empty split", "", rows: "\n", "t.yaml: key 'test_split': split 'test' is empty"),
    Case("missing key", "doc_to_choice: REMOVED", "t.yaml: key 'doc_to_choice' is missing"),
    Case(
      "wrong kind", "num_fewshot: many",
      "t.yaml: key 'num_fewshot': found a string, expected a whole number from 0 on"),
    Case(
      "metric", "metric_list: [{metric: bleu}]",
      "t.yaml: key 'metric_list': metric 'bleu' is not supported for 'multiple_choice', only 'acc'"),
    Case(
      "aggregation", "metric_list: [{metric: acc, aggregation: mode}]",
      "t.yaml: key 'metric_list': aggregation \"mode\" of 'acc' is not supported"),
    Case(
      "sampler", "fewshot_config: {sampler: balanced}",
      "t.yaml: key 'fewshot_config': sampler 'balanced' does not exist, only 'default', 'first_n'"),
    Case(
      "shot key", "fewshot_config: {splt: x}",
      "t.yaml: key 'fewshot_config': unknown key 'splt'"),
    Case("name", "task: ../t", "t.yaml: key 'task': '../t' cannot be the name of a task"),
    Case(
      "broken template", "doc_to_text: 'a {{ q'",
      "t.yaml: key 'doc_to_text': line 1, column 3: '{{' without '}}'"),
    Case(
      "unsupported filter", "doc_to_text: '{{ q | tojson }}'",
      "rows.jsonl: row 1: line 1, column 6: filter 'tojson' is not supported\n  hint: key 'doc_to_text' of 'F/t.yaml'"
    ),
    Case(
      "undefined field", "doc_to_text: 'Q: {{ question }}'",
      "rows.jsonl: row 1: line 1, column 7: 'question' is not defined\n  hint: key 'doc_to_text'"),
    Case(
      "undefined field in the description", "description: '{{ subject }}'",
      "rows.jsonl: row 1: key 'description': line 1, column 4: 'subject' is not defined"),
    Case(
      "gold out of range", "",
      rows: """
        {"q": "one", "choices": ["a", "b"], "answer": 0}

        {"q": "two", "choices": ["a", "b"], "answer": 2}
        """, "rows.jsonl: row 3: the right answer is choice 2, but there are 2, counted from 0"),
    Case("negative gold", "doc_to_target: -1", "rows.jsonl: row 1: the right answer is choice -1"),
    Case(
      "gold is no choice", "doc_to_target: q",
      "rows.jsonl: row 1: the answer 'one' is not among the choices"),
    Case(
      "gold is null", "", rows: #"{"q": "one", "choices": ["a", "b"], "answer": null}"#,
      "rows.jsonl: row 1: found null, expected a choice or its index"),
    Case(
      "gold spelled otherwise", "doc_to_target: q",
      rows: #"{"q": "e\u0301", "choices": ["\u00e9", "b"]}"#,
      "rows.jsonl: row 1: the answer 'e\u{301}' is not among the choices"),
    Case(
      "choices are no list", "doc_to_choice: q",
      "rows.jsonl: row 1: found a string, expected a list of choices"),
    Case(
      "choices print no list", "doc_to_choice: 'a {{ q }}'",
      "rows.jsonl: row 1: the template gives 'a one', expected a list"),
    Case("no choices", "doc_to_choice: []", "rows.jsonl: row 1: there are no choices"),
    Case(
      "choice is a number", "doc_to_choice: [1, 2]",
      "rows.jsonl: row 1: choice 0 is a number, expected text"),
    Case("choice is empty", "doc_to_choice: ['a', '']", "rows.jsonl: row 1: choice 1 is empty"),
    Case(
      "text is a list", "doc_to_text: choices", "rows.jsonl: row 1: found an array, expected text"),
    Case(
      "text is a number later", "doc_to_text: '{{ q }}'",
      rows: """
        {"q": "one", "choices": ["a", "b"], "answer": 0}
        {"q": "2", "choices": ["a", "b"], "answer": 1}
        """,
      "rows.jsonl: row 2: 'doc_to_text' gives the number 2, expected text as for the first row"),
    Case(
      "broken row", "",
      rows: """
        {"q": "one", "choices": ["a", "b"], "answer": 0}
        {"q": "two",
        """, "rows.jsonl: row 2: JSON ends"),
    Case(
      "row is no object", "", rows: "[1, 2]",
      "rows.jsonl: row 1: found a number, expected an object"),
    Case(
      "row with a key twice", "", rows: #"{"q": 1, "q": 2}"#,
      "rows.jsonl: row 1: duplicate key 'q'"),
    Case(
      "too few shots", "", shots: 3,
      "t.yaml: task 't': 3 rows to draw shots from are needed, there are 2"),
    Case(
      "too few first shots", "fewshot_config: {sampler: first_n}", shots: 3,
      "t.yaml: task 't': 3 rows to draw shots from are needed, there are 2"),
    Case(
      "shot with a list of answers", "doc_to_target: [0, 1]", shots: 1,
      "rows.jsonl: row 2: an example needs the text of its answer, found a list of indices"),
  ]

  @Test(arguments: cases)
  func errorNamesFileAndPlace(example: Case) throws {
    // The draw of the one shot may be either row.
    let folder = try TemporaryFolder(["t.yaml": example.yaml, "rows.jsonl": example.rows])
    let error = #expect(throws: InputError.self) {
      let library = try TaskLibrary(folders: [folder.path])
      let name = try #require(library.names.first)
      _ = try Evaluation(
        library.selection(named: [name]), options: EvaluationOptions(shotCount: example.shots))
    }
    let text = try #require(error).description
      .replacingOccurrences(of: "\(folder.path)/", with: "F/")
    let expected = example.expected
    #expect(text.hasPrefix(expected) || text.hasPrefix("F/\(expected)"), "\(text)")
  }

  @Test(arguments: [
    ("task: [a", "F/a.yaml: line 2, column 1: broken YAML: did not find expected"),
    ("- a\n- b", "F/a.yaml: the file is not a mapping of keys to values"),
    ("", "F/a.yaml: the file is not a mapping of keys to values"),
    ("task: a\ntask: b", "F/a.yaml: line 1, column 1: broken YAML: key 'task' occurs twice"),
    ("include: a.yaml", "F/a.yaml: key 'include': the file includes itself"),
    ("include: no.yaml", "F/a.yaml: key 'include': no such file 'F/no.yaml'"),
    ("include: 3", "F/a.yaml: key 'include': found a number, expected file names"),
    (hostileAliases, "F/a.yaml: line 1, column"),
  ])
  func filesThatCannotBeRead(yaml: String, expected: String) throws {
    let folder = try TemporaryFolder(["a.yaml": yaml, "b.yaml": "task: b"])
    let library = try TaskLibrary(folders: [folder.path])
    let text = try #require(library.unreadFiles.first).description
      .replacingOccurrences(of: "\(folder.path)/", with: "F/")
    #expect(text.hasPrefix(expected), "\(text)")
  }

  /// Ten levels of ten aliases each: ten thousand million values in 300 bytes.
  static let hostileAliases =
    "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
    + (1..<10).map { level in
      let alias = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
      return "l\(level): &l\(level) [\(alias)]"
    }.joined(separator: "\n")

  @Test func brokenFilesDoNotStandInTheWayOfOthers() throws {
    let folder = try TemporaryFolder([
      "a.yaml": "task: [", "b.yaml": "task: b", "c.yaml": "task: c",
    ])
    let library = try TaskLibrary(folders: [folder.path])
    #expect(library.names == ["b", "c"])
    let error = #expect(throws: InputError.self) { try library.selection(named: ["something"]) }
    #expect(
      error?.hint?.hasPrefix("files that cannot be read: 1, the first: \(folder.path)/a.yaml: ")
        == true)
  }

  @Test func aNameBelongsToOneFile() throws {
    let folder = try TemporaryFolder(["a.yaml": "task: b", "b.yaml": "task: b"])
    let library = try TaskLibrary(folders: [folder.path])
    let error = #expect(throws: InputError.self) { try library.selection(named: ["b"]) }
    #expect(
      error?.description
        == "\(folder.path)/b.yaml: key 'task': 'b' is also defined in '\(folder.path)/a.yaml'")
  }

  @Test func folderMustExist() {
    let error = #expect(throws: InputError.self) { try TaskLibrary(folders: ["/no/such"]) }
    #expect(error?.description == "/no/such: there is no such folder of tasks")
  }
}
