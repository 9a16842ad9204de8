import ArgumentParser
import Core
import Foundation

/// The options that every command has.
struct CommonOptions: ParsableArguments {
  /// How results are written.
  enum Format: String, CaseIterable, ExpressibleByArgument { case table, json, csv, markdown }

  /// When colour is used.
  enum ColorMode: String, CaseIterable, ExpressibleByArgument { case auto, always, never }

  @Option(help: "How to write the result")
  var format: Format = .table

  @Option(help: ArgumentHelp("Write the result to a file", valueName: "file"))
  var output: String?

  @Option(help: "Work with this many threads (default: all cores)")
  var threads: Int?

  @Flag(help: "Say nothing but the result")
  var quiet = false

  @Flag(help: "Say what each phase of the work took")
  var verbose = false

  @Option(help: "When to use colour")
  var color: ColorMode = .auto

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("'--threads \(threads)' must be at least 1")
    }
    if let output {
      let folder = URL(filePath: output).deletingLastPathComponent().path(percentEncoded: false)
      guard FileManager.default.isWritableFile(atPath: folder) else {
        throw ValidationError("'--output \(output)': no folder '\(folder)' to write in")
      }
    }
    if quiet && verbose { throw ValidationError("'--quiet' and '--verbose' exclude each other") }
  }

  /// The threads to work with.
  var workGroup: WorkGroup { WorkGroup(threadCount: threads) }

  /// The terminal that the result and the messages go to.
  var terminal: Terminal {
    Terminal(color: color, isQuiet: quiet, isVerbose: verbose, outputPath: output)
  }
}
