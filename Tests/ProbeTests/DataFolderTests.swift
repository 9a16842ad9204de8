import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Data sets in folders, and tables with the types that pandas 3.0 gives their columns.
@Suite struct DataFolderTests {
  @Test func foldersAreSearchedInOrder() throws {
    let folder = try TemporaryFolder()
    for name in ["given", "listed", "config/lethe/data"] { try folder.makeFolder(name) }
    let environment = [
      "LETHE_DATA": "\(folder.path("listed")):~/more", "XDG_CONFIG_HOME": folder.path("config"),
      "HOME": folder.path("own"),
    ]
    let folders = try DataFolders(folders: [folder.path("given")], environment: environment)
    #expect(
      folders.paths == [
        folder.path("given"), folder.path("listed"), folder.path("own/more"),
        folder.path("config/lethe/data"),
      ])
    #expect(
      DataFolders(environment: ["HOME": folder.path("own")]).paths
        == [folder.path("own/.config/lethe/data")])
    try folder.makeFolder("listed/owner/set/part")
    try folder.write("listed/owner/set/part/test.csv", "a\n1\n")
    try folder.makeFolder("config/lethe/data/owner/set/part")
    try folder.write("config/lethe/data/owner/set/part/test.jsonl", "{}\n")
    let found = try folders.file(ofSplit: "test", path: "owner/set", name: "part")
    #expect(found == folder.path("listed/owner/set/part/test.csv"))
    try folder.write("listed/owner/set/part/test.json.gz", "")
    let better = try folders.file(ofSplit: "test", path: "owner/set", name: "part")
    #expect(better == folder.path("listed/owner/set/part/test.json.gz"))
  }

  @Test func missingDataNamesEveryPath() throws {
    let folder = try TemporaryFolder()
    let folders = try DataFolders(folders: [folder.path], environment: ["HOME": folder.path("own")])
    let error = #expect(throws: InputError.self) {
      try folders.file(ofSplit: "dev", path: "cais/mmlu", name: "anatomy")
    }
    let message = try #require(error?.message)
    #expect(message.contains("split 'dev' of data set 'cais/mmlu' (anatomy)"))
    #expect(message.contains("'\(folder.path)/cais/mmlu/anatomy/dev'"))
    #expect(message.contains("'\(folder.path("own"))/.config/lethe/data/cais/mmlu/anatomy/dev'"))
    #expect(error?.hint?.contains("--data") == true)
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: try folder.makeFolder("real"))
    #expect(try DataFolders(folders: [link], environment: [:]).paths.first == link)
    let absent = #expect(throws: InputError.self) { try DataFolders(folders: ["/no/such"]) }
    #expect(absent?.path == "/no/such")
  }

  @Test(arguments: [
    (["1", "+2", " 3 ", "04"], ["1", "2", "3", "4"]), (["1", ""], ["1.0", "null"]),
    (["1", "1.5"], ["1.0", "1.5"]), (["True", "false", "TRUE"], ["true", "false", "true"]),
    (["TRUE", ""], ["true", "null"]), (["True", "1"], [#""True""#, #""1""#]),
    (["1e5", ".5", "5."], ["100000.0", "0.5", "5.0"]), (["1", "x"], [#""1""#, #""x""#]),
    (["NA", "x"], ["null", #""x""#]), (["n/a", "1"], ["null", "1.0"]),
    (["1_000", "2"], [#""1_000""#, #""2""#]), (["0x10", "1"], [#""0x10""#, #""1""#]),
    ([" True", "False"], [#"" True""#, #""False""#]), (["\"1\"", "\"2\""], ["1", "2"]),
    (["1e", "2"], [#""1e""#, #""2""#]), (["", "nan"], ["null", "null"]),
    (["a \"b\" c", "\"d, e\""], [#""a \"b\" c""#, #""d, e""#]),
  ])
  func columnsOfTablesHaveTypes(cells: [String], expected: [String]) throws {
    let text = "x,k\n" + cells.map { "\($0),1\n" }.joined()
    let rows = try TableRows.read(Array(text.utf8), path: "t.csv", separator: ",")
    #expect(rows.map { $0.fields["x"]?.serialized() ?? "" } == expected)
    #expect(rows.map(\.number) == Array(2..<(cells.count + 2)))
  }

  @Test(arguments: ["inf", "9223372036854775808", "1e400"])
  func numbersThatDoNotFitAreRefused(number: String) {
    let error = #expect(throws: InputError.self) {
      try TableRows.read(Array("x\n1\n\(number)\n".utf8), path: "t.csv", separator: ",")
    }
    #expect(error?.place == "row 3")
    #expect(error?.message.contains("field 'x'") == true)
  }

  @Test func endingsSayHowRowsAreWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.tsv", "q\tn\nsay \"hi\"\t1\n")
    try folder.write("a.csv", "q,n\n\"x,y\",2\n")
    try folder.write("a.txt", "q,n\nz,3\n")
    try folder.write("a.json", #"[{"q": "w", "n": 4}]"#)
    func rows(_ name: String, isTable: Bool = false) throws -> [JSONValue] {
      try RowFile(folder.path(name), isTable: isTable).rows().map { .object($0.fields) }
    }
    #expect(try rows("a.tsv") == [["q": "say \"hi\"", "n": 1]])
    #expect(try rows("a.csv") == [["q": "x,y", "n": 2]])
    #expect(try rows("a.txt", isTable: true) == [["q": "z", "n": 3]])
    #expect(try rows("a.json") == [["q": "w", "n": 4]])
  }

  @Test func onlySplitsThatAreAskedForAreRead() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("own/set")
    try folder.write("own/set/test.jsonl", "{\"q\": \"a\", \"n\": 0}\n")
    try folder.write("own/set/train.jsonl", "no row\n")
    try folder.write("own/set/validation.jsonl", "")
    let task = try folder.write(
      "t.yaml",
      """
      task: t
      dataset_path: own/set
      output_type: multiple_choice
      training_split: train
      test_split: test
      doc_to_text: q
      doc_to_choice: [x, y]
      doc_to_target: n
      """)
    let folders = try DataFolders(folders: [folder.path], environment: [:])
    let library = try TaskLibrary(folders: [folder.path], data: folders)
    let selection = try library.selection(named: ["t"])
    #expect(try Evaluation(selection).itemCount == 1)
    let broken = #expect(throws: InputError.self) {
      try Evaluation(selection, options: EvaluationOptions(shotCount: 1))
    }
    #expect(broken?.path == folder.path("own/set/train.jsonl"))
    let data = try DataSet(TaskConfiguration(TaskSource(path: task)), folders: folders)
    let empty = #expect(throws: InputError.self) {
      try data.split("validation", key: "validation_split")
    }
    #expect(empty?.message == "split 'validation' is empty")
  }
}
