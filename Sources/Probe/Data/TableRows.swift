import Core
import OrderedCollections

/// Reads rows from a table of text, whose columns get the types that pandas, with which lm-eval's
/// data library reads such files, gives them: integers, floats, booleans, else text.
enum TableRows {
  /// The rows of a file's bytes; where `typed` does not hold, with texts only.
  ///
  /// - Throws: `InputError` with row and column.
  static func read(
    _ bytes: [UInt8], path: String, separator: Unicode.Scalar, typed: Bool = true
  ) throws -> [DataSplit.Row] {
    let table = try CSVTable(
      parsing: bytes, path: path, separator: separator, acceptsInnerQuotes: true)
    var rows = table.rows.map { row in
      DataSplit.Row(fields: [:], path: path, number: row.line)
    }
    for (column, name) in table.header.enumerated() {
      let values =
        typed
        ? try values(of: column, named: name, table, path)
        : table.rows.map { .string($0.fields[column]) }
      for index in rows.indices { rows[index].fields[name] = values[index] }
    }
    return rows
  }

  /// What pandas takes for a missing value.
  private static let missing: Set = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
  ]

  private static func values(
    of column: Int, named name: String, _ table: CSVTable, _ path: String
  ) throws -> [JSONValue] {
    let texts = table.rows.map { row -> String? in
      missing.contains(row.fields[column]) ? nil : row.fields[column]
    }
    let present = texts.compactMap(\.self)
    if present.allSatisfy({ boolean($0) != nil }) {
      return texts.map { $0.flatMap(boolean).map(JSONValue.bool) ?? .null }
    }
    guard present.allSatisfy(isNumber) else {
      return texts.map { $0.map(JSONValue.string) ?? .null }
    }
    // A whole number that is missing makes its column one of floats.
    let isWhole = present.count == texts.count && present.allSatisfy(isWholeNumber)
    return try zip(texts, table.rows).map { text, row in
      guard let text else { return .null }
      guard let value = isWhole ? integer(text) : float(text) else {
        throw InputError(
          path: path, place: "row \(row.line)",
          "field '\(name)' holds the number '\(text)', which does not fit 64 bits")
      }
      return value
    }
  }

  private static func boolean(_ text: String) -> Bool? {
    switch text {
    case "True", "TRUE", "true": true
    case "False", "FALSE", "false": false
    default: nil
    }
  }

  // MARK: Numbers

  private static func integer(_ text: String) -> JSONValue? {
    Int(Substring(trimmed(text))).map(JSONValue.integer)
  }

  private static func float(_ text: String) -> JSONValue? {
    guard let value = Double(Substring(trimmed(text))), value.isFinite else { return nil }
    return .number(value)
  }

  private static func trimmed(_ text: String) -> Substring.UTF8View {
    let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
    var rest = text.utf8.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }

  private static func isWholeNumber(_ text: String) -> Bool {
    let digits = unsigned(trimmed(text))
    return !digits.isEmpty && digits.allSatisfy(isDigit)
  }

  /// Whether a text is a number as pandas reads it: digits with at most one point and perhaps an
  /// exponent, or infinity.
  private static func isNumber(_ text: String) -> Bool {
    let body = unsigned(trimmed(text))
    if ["inf", "infinity"].contains(Substring(body).lowercased()) { return true }
    let whole = body.prefix(while: isDigit)
    var rest = body[whole.endIndex...]
    var digitCount = whole.count
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDigit)
      digitCount += fraction.count
      rest = rest[fraction.endIndex...]
    }
    guard digitCount > 0 else { return false }
    guard let mark = rest.first else { return true }
    guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
    let exponent = unsigned(rest.dropFirst())
    return !exponent.isEmpty && exponent.allSatisfy(isDigit)
  }

  private static func unsigned(_ text: Substring.UTF8View) -> Substring.UTF8View {
    text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
