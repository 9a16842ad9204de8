import Foundation

/// A file that is written piece by piece and takes the place of an older one when it is whole.
///
/// The pieces go to a hidden file beside it. A device or a pipe is written to as it is.
struct OutputFile {
  private let target: URL
  private let handle: FileHandle
  /// Where the pieces are until the end; `nil` for a device or a pipe.
  private let draft: URL?

  /// Opens the file; a link is followed and stays.
  init(path: String) throws {
    target = URL(filePath: path).resolvingSymlinksInPath()
    let files = FileManager.default
    let old = try? files.attributesOfItem(atPath: target.path)
    if let type = old?[.type] as? FileAttributeType, type != .typeRegular {
      draft = nil
      handle = try FileHandle(forWritingTo: target)
      return
    }
    let draft = target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent).\(UUID().uuidString)")
    try Data().write(to: draft)
    if let permissions = old?[.posixPermissions] {
      try files.setAttributes([.posixPermissions: permissions], ofItemAtPath: draft.path)
    }
    handle = try FileHandle(forWritingTo: draft)
    self.draft = draft
  }

  /// Adds a piece.
  func write(_ bytes: [UInt8]) throws { try handle.write(contentsOf: Data(bytes)) }

  /// Puts the file in its place.
  func finish() throws {
    try handle.close()
    guard let draft else { return }
    guard unsafe rename(draft.path, target.path) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  /// Leaves no trace of what was written, a device or a pipe aside.
  func discard() {
    try? handle.close()
    if let draft { try? FileManager.default.removeItem(at: draft) }
  }
}
