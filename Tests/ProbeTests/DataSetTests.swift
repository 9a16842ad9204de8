import Core
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Rows are made uniform as the library `datasets` 5.2.0, which lm-eval reads with, makes them.
@Suite struct DataSetTests {
  @Test(arguments: [
    (#"{"b":1,"a":2}|{"a":1,"b":3,"c":4}"#, #"{"b":1,"a":2,"c":null}|{"b":3,"a":1,"c":4}"#),
    (#"{"a":[1,2]}|{"a":[1.5]}|{"a":[]}"#, #"{"a":[1.0,2.0]}|{"a":[1.5]}|{"a":[]}"#),
    (#"{"a":1.0}|{"a":2}"#, #"{"a":1.0}|{"a":2.0}"#),
    (#"{"a":1}|{"a":"s"}"#, #"{"a":1}|{"a":"s"}"#),
    (
      #"{"a":{"x":1,"y":2}}|{"a":{"y":1.5,"x":3}}"#, #"{"a":{"x":1,"y":2.0}}|{"a":{"x":3,"y":1.5}}"#
    ),
    (#"{"a":{"x":1}}|{"a":{"y":2.5}}|{}"#, #"{"a":{"x":1}}|{"a":{"y":2.5}}|{"a":null}"#),
    (#"{"a":[{"x":1}]}|{"a":[{"y":2}]}"#, #"{"a":[{"x":1}]}|{"a":[{"y":2}]}"#),
    (#"{"a":true}|{"a":1}"#, #"{"a":true}|{"a":1}"#),
    (#"{"a":{}}|{"a":{}}"#, #"{"a":{}}|{"a":{}}"#),
    (#"{"a":[1,"x"]}|{"a":[2]}"#, #"{"a":[1,"x"]}|{"a":[2]}"#),
  ])
  func rowsAreMadeUniform(rows: String, expected: String) throws {
    let lines = rows.split(separator: "|")
    let array = "[\(lines.joined(separator: ", "))]"
    let yaml = """
      task: t
      dataset_path: json
      dataset_kwargs: {data_files: {train: rows.jsonl, test: rows.json}}
      output_type: multiple_choice
      test_split: test
      doc_to_text: a
      doc_to_choice: a
      doc_to_target: a
      """
    let folder = try TemporaryFolder([
      "t.yaml": yaml, "rows.jsonl": "\u{feff}" + lines.joined(separator: "\r\n"),
      "rows.json": array,
    ])
    let data = try DataSet(
      TaskConfiguration(TaskSource(path: "\(folder.path)/t.yaml")), folders: DataFolders())
    let uniform = try expected.split(separator: "|").map { try JSONValue(parsing: String($0)) }
    for split in ["train", "test"] {
      let read = try data.split(split, key: "test_split").rows.map { JSONValue.object($0.fields) }
      #expect(read == uniform, "\(split)")
    }
  }
}
