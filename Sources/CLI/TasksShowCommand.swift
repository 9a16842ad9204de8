import ArgumentParser
import Core
import Probe

/// `lethe tasks show`: everything that a task's files say.
struct TasksShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all keys of a task or group, included files with them",
    discussion: "What is printed is itself a task file.")

  @Argument(help: ArgumentHelp("The name of a task, group or tag", valueName: "task"))
  var name: String

  @OptionGroup var tasks: TaskLibraryOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let task = try tasks.taskLibrary(common.terminal).description(of: name)
    switch common.format {
    case .json:
      let document: JSONValue = [
        "schema_version": 1, "name": .string(task.name), "kind": .string(task.kind.rawValue),
        "path": JSONValue(task.path), "members": .array(task.members.map(JSONValue.string)),
        "keys": .object(task.keys),
      ]
      try common.terminal.write(document.serialized(.pretty) + "\n")
    case .table, .csv, .markdown: try common.terminal.write(Self.text(of: task))
    }
  }

  /// The keys as YAML, of which JSON is a part.
  private static func text(of task: TaskDescription) -> String {
    guard let path = task.path else {
      return "# tag '\(task.name)'\n" + task.members.map { "# \($0)\n" }.joined()
    }
    let keys = task.keys.map { key, value in
      let text = value.string ?? ""
      return "\(key): \(text.hasPrefix("!function ") ? text : value.serialized())\n"
    }
    return "# \(task.kind.rawValue) '\(task.name)' of \(path)\n" + keys.joined()
  }
}
