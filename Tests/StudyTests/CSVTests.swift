import Core
import Testing

/// RFC 4180, and what files in the wild add to it.
@Suite struct CSVTests {
  private func table(_ text: String) throws -> CSVTable {
    try CSVTable(parsing: Array(text.utf8), path: "t.csv")
  }

  @Test func fieldsRowsAndLinesAreFound() throws {
    let table = try table("a,b\n1,2\n\n3,4")
    #expect(table.header == ["a", "b"])
    #expect(table.rows.map(\.fields) == [["1", "2"], ["3", "4"]])
    #expect(table.rows.map(\.line) == [2, 4])
  }

  @Test func quotesHoldCommasQuotesAndLineBreaks() throws {
    let table = try table("a,b\n\"x,\"\"y\"\"\",\"two\r\nlines\"\nz,\"\"\n")
    #expect(table.rows[0].fields == ["x,\"y\"", "two\r\nlines"])
    #expect(table.rows[1].fields == ["z", ""])
    #expect(table.rows[1].line == 4)
  }

  @Test(arguments: ["a,b\r\n1,2\r\n", "a,b\r1,2", "\u{FEFF}a,b\n1,2", " a ,\tb\n1,2"])
  func lineEndsMarksAndBlanksDoNotMatter(text: String) throws {
    let table = try table(text)
    #expect(table.header == ["a", "b"])
    #expect(table.rows.map(\.fields) == [["1", "2"]])
  }

  struct Broken: Sendable, CustomTestStringConvertible {
    let text: String
    let place: String?
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Broken(text: "", place: nil, message: "is empty; expected a header row"),
    Broken(text: "a,b\n1,\"2", place: "row 2, column 2", message: "a quoted field is not closed"),
    Broken(
      text: "a,b\n\"1\"x,2", place: "row 2, column 1", message: "text after a closing quote"),
    Broken(
      text: "a,b\n1,2\"3", place: "row 2, column 2",
      message: "a quote inside a field that does not start with one"),
    Broken(text: "a,b\n1,2\n3", place: "row 3", message: "has 1 fields, the header 2"),
    Broken(text: "a,a\n", place: "row 1, column 2", message: "a second column is named 'a'"),
  ])
  func brokenFilesAreOneError(broken: Broken) throws {
    let error = #expect(throws: InputError.self) { try table(broken.text) }
    #expect(error?.path == "t.csv")
    #expect(error?.place == broken.place)
    #expect(error?.message == broken.message)
  }

  @Test func bytesThatAreNotUTF8AreNamed() {
    let bytes: [UInt8] = Array("a\n".utf8) + [0xFF, 0xFE]
    let error = #expect(throws: InputError.self) { try CSVTable(parsing: bytes, path: "t.csv") }
    #expect(error?.place == "row 2, column 1")
    #expect(error?.message == "is not UTF-8")
  }
}
