import Foundation

/// A checkpoint argument in its parts: a base, or an adapter alone, and the adapters put on it.
public struct CheckpointArgument: Sendable, Equatable {
  /// The first part: a path, or `hf:OWNER/NAME[@REV]`.
  public let first: String
  /// The adapters behind plus signs, in their order.
  public let adapters: [String]

  /// Takes an argument apart at those plus signs that are no part of a path that exists.
  ///
  /// - Parameters:
  ///   - argument: What the user gave.
  ///   - folder: The folder that relative paths are taken from; empty for the current one.
  public init(_ argument: String, relativeTo folder: String = "") {
    let parts = Self.split(argument[...], folder) ?? Self.guess(argument[...], folder)
    first = parts.first ?? argument
    adapters = Array(parts.dropFirst())
  }

  /// Every part, the first one first.
  public var parts: [String] { [first] + adapters }

  /// The argument as it is written, from the current folder.
  public var text: String { parts.joined(separator: "+") }

  /// The first part that is a path and does not exist; `nil` if all do.
  ///
  /// Whether a repository is in the local cache is found out by opening it.
  public var missingPath: String? { parts.first { !Self.mayExist($0) } }

  private static func split(_ text: Substring, _ folder: String) -> [String]? {
    let whole = path(text, folder)
    if !text.isEmpty, mayExist(whole) { return [whole] }
    for place in text.indices.reversed() where text[place] == "+" {
      let start = path(text[..<place], folder)
      guard place > text.startIndex, mayExist(start),
        let rest = split(text[text.index(after: place)...], folder)
      else { continue }
      return [start] + rest
    }
    return nil
  }

  /// The parts of an argument of which one does not exist: what is behind the longest start that
  /// does is taken apart at every plus sign.
  private static func guess(_ text: Substring, _ folder: String) -> [String] {
    let place = text.indices.last { place in
      text[place] == "+" && place > text.startIndex && mayExist(path(text[..<place], folder))
    }
    let start = place.map { [path(text[..<$0], folder)] } ?? []
    let rest = place.map { text[text.index(after: $0)...] } ?? text
    let parts = rest.split(separator: "+", omittingEmptySubsequences: false)
    return start + parts.map { path($0, folder) }
  }

  private static func path(_ text: Substring, _ folder: String) -> String {
    let isRelative = !text.hasPrefix("/") && !text.hasPrefix(HubCache.prefix)
    guard isRelative, !text.isEmpty, !folder.isEmpty else { return String(text) }
    return FilePath.join(folder, String(text))
  }

  private static func mayExist(_ path: String) -> Bool {
    if path.hasPrefix(HubCache.prefix) { return !path.contains("+") }
    return FileManager.default.fileExists(atPath: path)
  }
}

extension CheckpointArgument {
  /// Whether it is an adapter that is given without the base that it goes on.
  public var isAdapterAlone: Bool {
    guard adapters.isEmpty, !first.hasPrefix(HubCache.prefix) else { return false }
    if (try? AdapterLocation(path: first)) != nil { return true }
    guard first.hasSuffix(".gguf") else { return false }
    return (try? Checkpoint(path: first)).flatMap(AdapterLocation.init) != nil
  }
}
