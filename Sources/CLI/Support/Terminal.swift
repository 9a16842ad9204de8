import Core
import Foundation

/// Where results, messages and progress go; decided once at the start and passed down.
struct Terminal {
  /// Whether the result may hold colour.
  let usesColor: Bool
  private let isQuiet: Bool
  private let isVerbose: Bool
  private let outputPath: String?

  init(
    color: CommonOptions.ColorMode, isQuiet: Bool, isVerbose: Bool, outputPath: String?
  ) {
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
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
  func write(_ result: String) throws { try write { write in try write(Array(result.utf8)) } }

  /// Writes a result that comes piece by piece, as ``write(_:)-(String)`` does.
  ///
  /// - Parameter produce: Hands the pieces to its argument, in their order.
  /// - Throws: What `produce` throws, and `InputError` if the result cannot be written.
  func write(_ produce: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws {
    guard let outputPath else {
      return try produce { bytes in
        try Self.naming("standard output") {
          try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        }
      }
    }
    let output = try Self.naming(outputPath) { try OutputFile(path: outputPath) }
    do {
      try produce { bytes in try Self.naming(outputPath) { try output.write(bytes) } }
      try Self.naming(outputPath) { try output.finish() }
    } catch {
      output.discard()
      throw error
    }
  }

  /// Says which output an error of the system is about.
  private static func naming<Result>(
    _ output: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch {
      throw InputError(path: output, "cannot be written: \(error.localizedDescription)")
    }
  }

  /// Says something that the user should know, on standard error.
  func warn(_ message: String) {
    guard !isQuiet else { return }
    Self.say("warning: \(message)\n")
  }

  /// Says on standard error what is about to take a while or has been done.
  func note(_ message: String) {
    guard !isQuiet else { return }
    Self.say("\(message)\n")
  }

  /// Says on standard error what only `--verbose` asks for.
  func detail(_ message: String) {
    guard isVerbose else { return }
    Self.say("\(message)\n")
  }

  /// Shows the progress of a piece of work on standard error while it runs, if that is a terminal;
  /// with `--verbose` also what each phase took.
  func withProgress<Result>(_ body: (WorkProgress.Handler?) throws -> Result) rethrows -> Result {
    let drawsLine = !isQuiet && isatty(STDERR_FILENO) == 1
    guard drawsLine || isVerbose else { return try body(nil) }
    let line = ProgressLine(isDrawn: drawsLine, keepsPhases: isVerbose)
    defer { line.finish() }
    return try body { line.show($0) }
  }

  /// Writes to standard error; a message that cannot be written is lost, the work is not.
  static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
