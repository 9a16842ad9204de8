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
  func write(_ result: String) throws { try write(Data(result.utf8)) }

  /// Writes a result that is no text, as ``write(_:)-(String)`` does.
  func write(_ result: Data) throws {
    do {
      if let outputPath {
        try Self.write(result, to: URL(filePath: outputPath).resolvingSymlinksInPath())
      } else {
        try FileHandle.standardOutput.write(contentsOf: result)
      }
    } catch {
      throw InputError(
        path: outputPath ?? "standard output",
        "cannot be written: \(error.localizedDescription)")
    }
  }

  /// Replaces a regular file as a whole; a device or a pipe is written to as it is.
  private static func write(_ data: Data, to file: URL) throws {
    let type = try? FileManager.default.attributesOfItem(atPath: file.path)[.type]
    guard let type = type as? FileAttributeType, type != .typeRegular else {
      return try data.write(to: file, options: .atomic)
    }
    try FileHandle(forWritingTo: file).write(contentsOf: data)
  }

  /// Says something that the user should know, on standard error.
  func warn(_ message: String) {
    guard !isQuiet else { return }
    Self.say("warning: \(message)\n")
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
