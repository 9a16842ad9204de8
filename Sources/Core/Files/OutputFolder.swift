import Foundation

/// A folder that results are written to.
public struct OutputFolder: Sendable {
  /// Where it is, as the user wrote it.
  public let path: String

  /// Makes a folder and writes a file there and removes it again, so that a folder that cannot be
  /// used is found before hours of work.
  ///
  /// - Parameter path: The folder; it may exist.
  /// - Throws: ``InputError`` if it cannot be made or written in.
  public init(path: String) throws(InputError) {
    self.path = path
    let folder = URL(filePath: path)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let trial = folder.appending(path: ".lethe-\(UUID().uuidString)")
      try Data().write(to: trial)
      try FileManager.default.removeItem(at: trial)
    } catch {
      throw InputError(path: path, "no files can be written here: \(error.localizedDescription)")
    }
  }

  /// Writes a file, which appears whole or not at all.
  ///
  /// - Parameters:
  ///   - text: What the file holds.
  ///   - name: Its path inside the folder; folders on the way are made.
  /// - Throws: ``InputError`` if it cannot be written.
  public func write(_ text: String, to name: String) throws(InputError) {
    let file = URL(filePath: path).appending(path: name)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      throw InputError(
        path: "\(path)/\(name)", "cannot be written: \(error.localizedDescription)")
    }
  }
}
