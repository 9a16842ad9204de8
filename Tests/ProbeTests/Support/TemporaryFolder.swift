import Foundation

/// A folder with files for one test, removed with it.
final class TemporaryFolder: Sendable {
  let path: String

  /// Makes a folder with the given files, by their names.
  init(_ files: [String: String]) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "lethe-\(UUID().uuidString)")
      .path(percentEncoded: false)
    for (name, text) in files {
      let file = URL(filePath: path).appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
