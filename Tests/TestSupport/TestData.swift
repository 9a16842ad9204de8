import Foundation

/// Public models and benchmarks that are not part of the repository.
///
/// They lie in the folder that `LETHE_TEST_DATA` names, else in `../shared/data` beside the
/// repository. Tests that need them are skipped where they are absent.
public enum TestData {
  /// The path of a file or folder of the test data.
  public static func path(_ name: String) -> String {
    let folder =
      ProcessInfo.processInfo.environment["LETHE_TEST_DATA"]
      ?? "\(Fixtures.repository)../shared/data"
    return "\(folder)/\(name)"
  }

  /// Whether a file or folder is there.
  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }
}
