public import ArgumentParser
import Core
public import Probe

/// The options that say which tasks are known.
struct TaskLibraryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder with task files, searched whole (can be repeated)", valueName: "dir")
  )
  var taskPath: [String] = []

  @Option(
    help: ArgumentHelp(
      "A folder with data sets as PATH/NAME/SPLIT.jsonl (can be repeated); also LETHE_DATA",
      valueName: "dir"))
  var data: [String] = []

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("Whose prompts and scoring to follow: lm-eval 0.4.13, or arXiv 2308.08747"))
  var rules: EvaluationProtocol = .harness

  /// The tasks; warns of files that cannot be read.
  func taskLibrary(_ terminal: Terminal, besides folders: [String] = []) throws -> TaskLibrary {
    let library = try TaskLibrary(
      folders: taskPath + folders, shipped: rules, data: try DataFolders(folders: data))
    if let first = library.unreadFiles.first {
      terminal.warn(
        "task files that cannot be read: \(library.unreadFiles.count), the first: \(first)")
    }
    return library
  }
}

/// How many solved examples stand before an item.
struct ShotOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Solved examples before each item (default: what the task says)", valueName: "k"))
  var numFewshot: Int?

  func validate() throws {
    if let numFewshot, numFewshot < 0 {
      throw ValidationError("'--num-fewshot \(numFewshot)' must be at least 0")
    }
  }
}

extension EvaluationProtocol: ExpressibleByArgument {}
