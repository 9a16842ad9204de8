import Core
import Foundation

/// Text that a user gives as a file or on standard input.
enum InputFile {
  /// The whole text of a file; `-` is standard input.
  ///
  /// - Throws: `InputError` for a file that cannot be read or is not UTF-8.
  static func text(_ path: String) throws -> String {
    let data: Data
    do {
      let file =
        path == "-"
        ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
      data = try file.readToEnd() ?? Data()
    } catch {
      throw InputError(path: path, "cannot be read: \(error.localizedDescription)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw InputError(path: path, "is not UTF-8")
    }
    return text
  }
}
