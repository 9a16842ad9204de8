import Core
import Foundation

/// Text that a user gives as a file or on standard input.
enum InputFile {
  /// One line, without its end.
  struct Line {
    /// Which line of the file, counted from 1.
    var number: Int
    var text: String
  }

  /// The lines of a file, ended by a line feed or by carriage return and line feed; a line feed at
  /// the end starts no further line.
  ///
  /// - Parameter path: The file; `-` is standard input.
  /// - Returns: The lines, in their order.
  /// - Throws: `InputError` for a file that cannot be read or is not UTF-8.
  static func lines(_ path: String) throws -> [Line] {
    var lines = try bytes(path).split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return try lines.enumerated().map { index, bytes in
      let content = bytes.last == 0x0D ? bytes.dropLast() : bytes
      guard let text = String(validating: content, as: UTF8.self) else {
        throw InputError(path: path, place: "row \(index + 1)", "is not UTF-8")
      }
      return Line(number: index + 1, text: text)
    }
  }

  /// All bytes of a file; `-` is standard input.
  static func bytes(_ path: String) throws -> [UInt8] {
    do {
      let file =
        path == "-"
        ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
      return Array(try file.readToEnd() ?? Data())
    } catch {
      throw InputError(path: path, "cannot be read: \(error.localizedDescription)")
    }
  }
}
