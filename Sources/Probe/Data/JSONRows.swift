import Core

/// Reads rows from JSON lines or a JSON array of objects.
enum JSONRows {
  /// The rows of a file's bytes.
  ///
  /// - Throws: `InputError` with the number of the row that is not a JSON object.
  static func read(_ bytes: [UInt8], path: String) throws -> [DataSplit.Row] {
    var bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
    return bytes.first == UInt8(ascii: "[") ? try array(bytes, path) : try lines(bytes, path)
  }

  private static func array(_ bytes: [UInt8], _ path: String) throws -> [DataSplit.Row] {
    let document: JSONValue
    do {
      document = try JSONValue(parsing: bytes)
    } catch {
      throw InputError(path: path, "\(error)")
    }
    return try (document.array ?? []).enumerated().map { index, value in
      try row(value, path, number: index + 1)
    }
  }

  private static func lines(_ bytes: [UInt8], _ path: String) throws -> [DataSplit.Row] {
    var rows: [DataSplit.Row] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
      if isBlank { continue }
      let value: JSONValue
      do {
        value = try JSONValue(parsing: Array(line), baseOffset: line.startIndex)
      } catch {
        throw InputError(path: path, place: "row \(index + 1)", "\(error)")
      }
      rows.append(try row(value, path, number: index + 1))
    }
    return rows
  }

  private static func row(
    _ value: JSONValue, _ path: String, number: Int
  ) throws -> DataSplit.Row {
    guard let fields = value.object else {
      throw InputError(
        path: path, place: "row \(number)", "found \(value.kind.rawValue), expected an object")
    }
    return DataSplit.Row(fields: fields, path: path, number: number)
  }
}
