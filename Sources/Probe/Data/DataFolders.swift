import Core
public import Foundation

/// The folders in which data sets lie that task files name as the Hugging Face hub does.
///
/// A split is the file `FOLDER/path/name/split.jsonl`, or with another of ``endings``; a data set
/// without a name has its files in `FOLDER/path`.
public struct DataFolders: Sendable {
  /// The folders in the order in which they are searched.
  public let paths: [String]

  /// How files of a data set end, in the order in which they are looked for.
  static let endings = ["jsonl", "json", "csv", "tsv"].flatMap { ending in
    [".\(ending)", ".\(ending).zst", ".\(ending).gz"]
  }

  /// Takes the given folders before those that the environment names.
  ///
  /// - Throws: `InputError` if a given folder does not exist.
  public init(
    folders: [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    for folder in folders where FileKind(folder) != .folder {
      throw InputError(path: folder, "there is no such folder of data")
    }
    self.init(before: folders, environment)
  }

  /// Takes the folders that the environment names: `LETHE_DATA`, separated by colons, and
  /// `lethe/data` in `XDG_CONFIG_HOME` or `~/.config`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.init(before: [], environment)
  }

  private init(before given: [String], _ environment: [String: String]) {
    let home = environment["HOME"] ?? NSHomeDirectory()
    let listed = (environment["LETHE_DATA"] ?? "").split(separator: ":").map { path in
      path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : String(path)
    }
    let named = environment["XDG_CONFIG_HOME"] ?? ""
    let configuration = named.isEmpty ? Self.join(home, ".config") : named
    var found: [String] = []
    for path in given + listed + [Self.join(configuration, "lethe/data")]
    where !found.contains(path) {
      found.append(path)
    }
    paths = found
  }

  /// The file of a split.
  ///
  /// - Throws: `InputError` with every path that was tried.
  func file(ofSplit split: String, path: String, name: String?) throws -> String {
    let stems = paths.map { folder in
      let dataSet = Self.join(folder, path)
      return Self.join(name.map { Self.join(dataSet, $0) } ?? dataSet, split)
    }
    for stem in stems {
      if let ending = Self.endings.first(where: { FileKind(stem + $0) == .file }) {
        return stem + ending
      }
    }
    let tried = stems.map { "'\($0)'" }.joined(separator: ", ")
    throw InputError(
      "no file of split '\(split)' of data set '\(path)'"
        + "\(name.map { " (\($0))" } ?? ""); tried \(tried),"
        + " each with .jsonl, .json, .csv and .tsv, alone and with .zst and .gz",
      hint: Self.exportHint)
  }

  /// How rows come into the folders.
  static let exportHint =
    "export the data set to JSON lines (README, 'Data') and name its folder with '--data DIR'"

  private static func join(_ folder: String, _ name: String) -> String {
    (folder as NSString).appendingPathComponent(name)
  }
}
