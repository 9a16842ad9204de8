/// A table of text as RFC 4180 writes it: a header row and rows of as many fields.
public struct CSVTable: Sendable, Equatable {
  /// One row and where it stands.
  public struct Row: Sendable, Equatable {
    /// The row's fields, as many as the header has.
    public var fields: [String]
    /// The line of the file on which the row starts, from 1.
    public var line: Int

    /// Creates a row.
    public init(fields: [String], line: Int) {
      self.fields = fields
      self.line = line
    }
  }

  /// The names of the columns, without surrounding blanks.
  public var header: [String]
  /// The rows below the header.
  public var rows: [Row]

  /// Creates a table from its parts.
  public init(header: [String], rows: [Row]) {
    self.header = header
    self.rows = rows
  }

  /// Reads a table.
  ///
  /// Fields are separated by commas and may be quoted; within quotes, commas and line breaks are
  /// text and `""` is one quote. Lines end with LF, CRLF or CR. A byte order mark and empty lines
  /// are skipped.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes, UTF-8.
  ///   - path: The file's name in errors.
  ///   - separator: What stands between fields, such as a tab; ASCII.
  ///   - acceptsInnerQuotes: Whether a quote within a field that does not start with one is text,
  ///     as other programs take it, and not an error.
  /// - Throws: ``InputError`` with row and column where the bytes are not such a table.
  public init(
    parsing bytes: [UInt8], path: String, separator: Unicode.Scalar = ",",
    acceptsInnerQuotes: Bool = false
  ) throws(InputError) {
    var reader = CSVReader(
      bytes: bytes, path: path, separator: separator, acceptsInnerQuotes: acceptsInnerQuotes)
    guard let header = try reader.nextRow() else {
      throw InputError(path: path, "is empty; expected a header row")
    }
    self.header = header.fields.map { $0.trimmingBlanks() }
    for (index, name) in self.header.enumerated() where self.header[..<index].contains(name) {
      throw InputError(
        path: path, place: "row \(header.line), column \(index + 1)",
        "a second column is named '\(name)'")
    }
    rows = []
    while let row = try reader.nextRow() {
      guard row.fields.count == header.fields.count else {
        throw InputError(
          path: path, place: "row \(row.line)",
          "has \(row.fields.count) fields, the header \(header.fields.count)")
      }
      rows.append(row)
    }
  }
}

extension String {
  /// The text without spaces and tabs at both ends.
  public func trimmingBlanks() -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let tail = drop(while: isBlank)
    return String(
      tail[..<(tail.lastIndex { !isBlank($0) }.map(tail.index(after:)) ?? tail.startIndex)])
  }
}
