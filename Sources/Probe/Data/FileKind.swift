import Foundation

/// What lies at a path.
enum FileKind {
  case file, folder

  /// The kind of what lies at a path; `nil` if there is nothing.
  init?(_ path: String) {
    let values = try? URL(filePath: path).resourceValues(forKeys: [.isDirectoryKey])
    guard let isFolder = values?.isDirectory else { return nil }
    self = isFolder ? .folder : .file
  }
}
