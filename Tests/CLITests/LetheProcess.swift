import Foundation
import TestSupport

/// Runs the built command as a process, as a user would.
enum LetheProcess {
  /// What a run printed and how it ended.
  struct Outcome {
    var status: Int32
    /// Whether a signal ended it; ``status`` is then the signal's number.
    var isSignalled: Bool
    var output: String
    var errors: String
  }

  /// The command lies beside the test bundle.
  private static var executable: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "lethe")
  }

  /// The command in the repository's folder, not yet started.
  static func make(_ arguments: String...) -> Process { make(arguments) }

  /// The command with arguments in a list, not yet started.
  static func make(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: Fixtures.repository)
    return process
  }

  /// Runs the command with arguments in a list.
  static func run(_ arguments: [String]) throws -> Outcome {
    try run(make(arguments))
  }

  /// Runs the command in a shell that was made ready by something.
  ///
  /// - Parameters:
  ///   - arguments: What follows the command's name.
  ///   - shell: What the shell does before.
  ///   - prefix: What stands before the command.
  /// - Returns: What it printed and how it ended.
  /// - Throws: An error if the shell could not be started.
  static func run(_ arguments: [String], shell: String, prefix: String = "") throws -> Outcome {
    let process = make(
      ["-c", "\(shell); exec \(prefix)\"$0\" \"$@\"", executable.path] + arguments)
    process.executableURL = URL(filePath: "/bin/bash")
    return try run(process)
  }

  /// Runs the command in the repository's folder and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: What follows the command's name.
  ///   - input: What standard input holds.
  ///   - device: Where standard output goes instead of a file, such as `/dev/full`.
  /// - Returns: What it printed and how it ended.
  /// - Throws: An error if the command could not be started.
  static func run(
    _ arguments: String..., input: String = "", device: String? = nil
  ) throws -> Outcome {
    try run(make(arguments), input: input, device: device)
  }

  private static func run(
    _ process: Process, input: String = "", device: String? = nil
  ) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files, not pipes: a full pipe would stop a command that prints much.
    func file(_ name: String, _ content: String = "") throws -> URL {
      let url = folder.appending(path: name)
      try Data(content.utf8).write(to: url)
      return url
    }
    let output = try file("output")
    let errors = try file("errors")
    process.standardInput = try FileHandle(forReadingFrom: file("input", input))
    process.standardOutput = try FileHandle(
      forWritingTo: device.map { URL(filePath: $0) } ?? output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      isSignalled: process.terminationReason == .uncaughtSignal,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
