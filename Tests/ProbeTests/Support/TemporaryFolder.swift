import Foundation
import TestSupport

extension TemporaryFolder {
  /// Makes a folder with the given files, by their names.
  convenience init(_ files: [String: String]) throws {
    try self.init()
    for (name, text) in files {
      let folder = URL(filePath: path(name)).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(name, text)
    }
  }
}
