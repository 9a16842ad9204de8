import Core
import Foundation

/// Where results, messages and progress go; decided once at the start and passed down.
struct Terminal {
  /// Whether the result may hold colour.
  let usesColor: Bool
  private let isQuiet: Bool
  private let outputPath: String?

  init(color: CommonOptions.ColorMode, isQuiet: Bool, outputPath: String?) {
    self.isQuiet = isQuiet
    self.outputPath = outputPath
    let environment = ProcessInfo.processInfo.environment
    usesColor =
      switch color {
      case .always: true
      case .never: false
      case .auto:
        outputPath == nil && isatty(STDOUT_FILENO) == 1
          && environment["NO_COLOR", default: ""] == ""
          && environment["TERM"] != "dumb"
      }
  }

  /// Writes the result: to standard output, or to the file that was asked for, which appears whole
  /// or not at all.
  func write(_ result: String) throws { try write(Data(result.utf8)) }

  /// Writes a result that is no text, as ``write(_:)-(String)`` does.
  func write(_ result: Data) throws {
    guard let outputPath else {
      FileHandle.standardOutput.write(result)
      return
    }
    do {
      try result.write(to: URL(filePath: outputPath), options: .atomic)
    } catch {
      throw InputError(path: outputPath, "cannot be written: \(error.localizedDescription)")
    }
  }

  /// Says something that the user should know, on standard error.
  func warn(_ message: String) {
    guard !isQuiet else { return }
    FileHandle.standardError.write(Data("warning: \(message)\n".utf8))
  }

  /// Shows the progress of a piece of work on standard error while it runs, if that is a terminal.
  func withProgress<Result>(_ body: (WorkProgress.Handler?) throws -> Result) rethrows -> Result {
    guard !isQuiet, isatty(STDERR_FILENO) == 1 else { return try body(nil) }
    let line = ProgressLine()
    defer { line.clear() }
    return try body { line.show($0) }
  }
}
