public import Core
import Foundation

/// The folder that a study writes to.
public struct StudyFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes a folder, so that one that cannot be made is found before hours of work.
  ///
  /// - Throws: ``InputError`` if it cannot be made.
  public init(path: String) throws(InputError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw InputError(path: path, "cannot be made: \(error.localizedDescription)")
    }
  }

  /// Writes documents; each appears whole or not at all.
  ///
  /// - Throws: ``InputError`` if a folder or file cannot be written.
  public func write(_ documents: [StudyDocument]) throws(InputError) {
    for document in documents {
      let file = URL(filePath: path).appending(path: document.path)
      do {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(document.text.utf8).write(to: file, options: .atomic)
      } catch {
        throw InputError(
          path: "\(path)/\(document.path)",
          "cannot be written: \(error.localizedDescription)")
      }
    }
  }
}
