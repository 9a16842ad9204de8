import Core
import Foundation

/// Where task files lie: on the disk, or in the program itself.
enum TaskFiles: Sendable {
  case disk
  /// The texts of files by their paths, which begin with ``shippedPrefix``.
  case shipped([String: String])

  /// What the paths of the program's own files begin with, which says in messages whose they are.
  static let shippedPrefix = "lethe:/"

  /// Whether there is a file.
  func exists(_ path: String) -> Bool {
    switch self {
    case .disk: FileManager.default.fileExists(atPath: path)
    case .shipped(let texts): texts[path] != nil
    }
  }

  /// The text of a file.
  ///
  /// - Throws: `InputError` if it cannot be read or is not UTF-8.
  func text(at path: String) throws -> String {
    switch self {
    case .shipped(let texts):
      guard let text = texts[path] else { throw InputError(path: path, "there is no such file") }
      return text
    case .disk:
      guard let data = FileManager.default.contents(atPath: path) else {
        throw InputError(path: path, "the file cannot be read")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw InputError(path: path, "the file is not UTF-8")
      }
      return text
    }
  }
}
