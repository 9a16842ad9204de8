import Foundation

/// What lies at a path.
enum FileKind {
  case file, folder

  /// The kind of what lies at a path; `nil` if there is nothing.
  init?(_ path: String) {
    // A link is what it leads to.
    let url = URL(filePath: path).resolvingSymlinksInPath()
    let values = try? url.resourceValues(forKeys: [.isDirectoryKey])
    guard let isFolder = values?.isDirectory else { return nil }
    self = isFolder ? .folder : .file
  }
}
