import Core
import Foundation

/// Which files a checkpoint argument stands for.
enum CheckpointLocation {
  case gguf(MappedFile)
  case safetensors(MappedFile)
  case sharded(indexPath: String)

  private static let indexSuffix = ".safetensors.index.json"
  private static let magicBytes = 8
  /// What a Python pickle begins with.
  private static let pickleMark: UInt8 = 0x80

  /// Looks at a path: a file is told by its bytes, a folder by the names in it.
  init(path: String) throws(CheckpointError) {
    try self.init(file: FilePath.isFolder(path) ? try Self.file(inFolder: path) : path)
  }

  private init(file path: String) throws(CheckpointError) {
    if path.hasSuffix(".index.json") {
      self = .sharded(indexPath: path)
      return
    }
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw CheckpointError(error, path: path) }
    try self.init(file: file)
  }

  /// Tells a file's format by its first bytes, else by its name.
  init(file: MappedFile) throws(CheckpointError) {
    let path = file.path
    let start = file.copy(0..<min(Self.magicBytes, file.byteCount))
    if start.starts(with: "GGUF".utf8) || path.hasSuffix(".gguf") {
      self = .gguf(file)
    } else if path.hasSuffix(".safetensors") || Self.isSafetensors(file) {
      self = .safetensors(file)
    } else if start.starts(with: "PK\u{3}\u{4}".utf8) || start.first == Self.pickleMark {
      throw CheckpointError(.unsupportedFormat("PyTorch checkpoints are"), path: path)
    } else {
      throw CheckpointError(.unknownFormat(firstBytes: start), path: path, offset: 0)
    }
  }

  /// Whether a file has a header length that fits and a header that begins as JSON does.
  private static func isSafetensors(_ file: MappedFile) -> Bool {
    var cursor = ByteCursor(file)
    guard let length = try? cursor.read(UInt64.self, ""), length > 0, length <= cursor.remaining
    else { return false }
    return (try? cursor.read(UInt8.self, "")) == UInt8(ascii: "{")
  }

  /// The file in a folder that is, or leads to, its checkpoint, in the order in which transformers
  /// looks.
  private static func file(inFolder path: String) throws(CheckpointError) -> String {
    let names = try FilePath.names(inFolder: path)
    if names.contains("model.safetensors") { return FilePath.join(path, "model.safetensors") }
    for suffix in [indexSuffix, ".safetensors", ".gguf"] {
      let found = names.filter { $0.hasSuffix(suffix) }
      if let first = SplitGGUF.firstPart(of: found) { return FilePath.join(path, first) }
      guard found.count < 2 else {
        throw CheckpointError(.severalCheckpoints(names: found), path: path)
      }
      if let name = found.first { return FilePath.join(path, name) }
    }
    if names.contains(where: { $0.hasPrefix("pytorch_model") || $0.hasPrefix("consolidated.") }) {
      throw CheckpointError(.unsupportedFormat("PyTorch checkpoints are"), path: path)
    }
    throw CheckpointError(.noCheckpoint, path: path)
  }
}

/// What the readers need of paths.
enum FilePath {
  /// A file's path in a folder.
  static func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Whether a path is a folder, or a link to one.
  static func isFolder(_ path: String) -> Bool {
    let target = URL(filePath: path).resolvingSymlinksInPath()
    return (try? target.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
  }

  /// The folder that a file is in; empty for the current one.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }

  /// The path of a file beside another, if it exists.
  static func existing(_ name: String, beside path: String) -> String? {
    let candidate = join(folder(of: path), name)
    return FileManager.default.fileExists(atPath: candidate) ? candidate : nil
  }

  /// The names in a folder, in alphabetical order.
  static func names(inFolder path: String) throws(CheckpointError) -> [String] {
    do {
      let folder = path.isEmpty ? "." : path
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw CheckpointError(.unreadable(reason: "folder may not be read"), path: path)
    }
  }
}
