import Foundation

/// Where the fixtures lie.
public enum Fixtures {
  /// The path of the repository's folder.
  public static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .path(percentEncoded: false)

  /// The path of a file or folder under `fixtures/`.
  public static func path(_ name: String) -> String {
    "\(repository)fixtures/\(name)"
  }
}
