/// Takes one row after another from the bytes of a CSV file.
struct CSVReader {
  private let bytes: [UInt8]
  private let path: String
  private let separator: UInt8
  private let acceptsInnerQuotes: Bool
  private var position = 0
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: [UInt8], path: String, separator: Unicode.Scalar, acceptsInnerQuotes: Bool) {
    self.bytes = bytes
    self.path = path
    self.separator = UInt8(ascii: separator)
    self.acceptsInnerQuotes = acceptsInnerQuotes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next row that is not an empty line; `nil` at the end.
  mutating func nextRow() throws(InputError) -> CSVTable.Row? {
    while position < bytes.count, isLineEnd(bytes[position]) { endLine() }
    guard position < bytes.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try nextField(row: start, column: fields.count + 1))
      guard position < bytes.count, bytes[position] == separator else { break }
      position += 1
    }
    if position < bytes.count { endLine() }
    return CSVTable.Row(fields: fields, line: start)
  }

  private mutating func nextField(row: Int, column: Int) throws(InputError) -> String {
    let isQuoted = position < bytes.count && bytes[position] == Self.quote
    let content =
      isQuoted
      ? try quotedField(row: row, column: column) : try plainField(row: row, column: column)
    guard let text = String(validating: content, as: UTF8.self) else {
      throw problem("is not UTF-8", row: row, column: column)
    }
    return text
  }

  private mutating func plainField(row: Int, column: Int) throws(InputError) -> [UInt8] {
    let start = position
    while position < bytes.count, bytes[position] != separator, !isLineEnd(bytes[position]) {
      if bytes[position] == Self.quote, !acceptsInnerQuotes {
        throw problem(
          "a quote inside a field that does not start with one", row: row, column: column,
          hint: "quote the whole field and write the quote twice")
      }
      position += 1
    }
    return Array(bytes[start..<position])
  }

  private mutating func quotedField(row: Int, column: Int) throws(InputError) -> [UInt8] {
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == Self.quote {
        position += 1
        guard position < bytes.count, bytes[position] == Self.quote else {
          try checkFieldEnds(row: row, column: column)
          return content
        }
      } else if isLineEnd(byte), !(byte == Self.lineFeed && content.last == Self.carriageReturn) {
        line += 1
      }
      content.append(byte)
      position += 1
    }
    throw problem("a quoted field is not closed", row: row, column: column)
  }

  private func checkFieldEnds(row: Int, column: Int) throws(InputError) {
    guard position < bytes.count, bytes[position] != separator, !isLineEnd(bytes[position]) else {
      return
    }
    throw problem("text after a closing quote", row: row, column: column)
  }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == Self.lineFeed || byte == Self.carriageReturn
  }

  /// Steps over LF, CR or CRLF.
  private mutating func endLine() {
    let isPair =
      bytes[position] == Self.carriageReturn && position + 1 < bytes.count
      && bytes[position + 1] == Self.lineFeed
    position += isPair ? 2 : 1
    line += 1
  }

  private func problem(_ message: String, row: Int, column: Int, hint: String? = nil) -> InputError
  {
    InputError(path: path, place: "row \(row), column \(column)", message, hint: hint)
  }
}
