import ArgumentParser
import Core
import Foundation
import Probe

/// `lethe tasks check`: reads a task file and its data and writes all its requests.
struct TasksCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read a task file with its data and write every request",
    discussion: "Says how much there is; exits with 2 and says what is wrong if anything is.")

  @Argument(help: ArgumentHelp("A task file, or the name of a task or group", valueName: "file"))
  var file: String

  @OptionGroup var shots: ShotOptions

  @OptionGroup var tasks: TaskLibraryOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let isFile = FileManager.default.fileExists(atPath: file)
    let folder = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
    let library = try tasks.taskLibrary(common.terminal, besides: isFile ? [folder] : [])
    let name = try isFile ? TaskLibrary.name(inFile: file) : file
    let evaluation = try Evaluation(
      library.selection(named: [name]),
      options: EvaluationOptions(shotCount: shots.numFewshot, rules: tasks.rules))
    let table = TextTable(
      columns: [
        .words("task", key: "task"), .numbers("items", key: "item_count"),
        .numbers("shots", key: "num_fewshot"), .numbers("requests", key: "request_count"),
      ],
      rows: evaluation.sentTasks.map { task in
        [
          TextTable.Cell(task.name), .count(task.itemCount), .count(task.shotCount),
          .count(task.requestCount),
        ]
      })
    switch common.format {
    case .json:
      let list = evaluation.sentTasks.map { task -> JSONValue in
        [
          "task": .string(task.name), "item_count": .integer(task.itemCount),
          "num_fewshot": .integer(task.shotCount), "request_count": .integer(task.requestCount),
        ]
      }
      let document: JSONValue = ["schema_version": 1, "tasks": .array(list)]
      try common.terminal.write(document.serialized(.pretty) + "\n")
    case .table: try common.terminal.write(table.aligned())
    case .csv: try common.terminal.write(table.csv())
    case .markdown: try common.terminal.write(table.markdown())
    }
  }
}
