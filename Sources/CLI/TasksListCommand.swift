import ArgumentParser
import Core
import OrderedCollections
import Probe

/// `lethe tasks list`: the names that tasks can be asked for by.
struct TasksListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List tasks, groups and tags",
    discussion: """
      Tasks that a listed group or tag holds are left out unless a pattern or --all asks for them.
      """)

  @Argument(help: ArgumentHelp("A pattern such as 'mmlu*'", valueName: "pattern"))
  var pattern: String?

  @Flag(help: "List also the members of groups and tags")
  var all = false

  @Flag(help: "List the functions that task files may name with !function instead")
  var functions = false

  @OptionGroup var tasks: TaskLibraryOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    functions ? try writeFunctions() : try writeTasks()
  }

  private func writeTasks() throws {
    let known = try tasks.taskLibrary(common.terminal).descriptions
    let inside = Set(known.flatMap(\.members))
    let listed = known.filter { task in
      pattern.map { Glob(pattern: $0).matches(task.name) }
        ?? (all || common.format == .json || !inside.contains(task.name))
    }
    let table = TextTable(
      columns: [
        .words("name", key: "name"), .words("kind", key: "kind"),
        .words("data or members", key: "data"), .words("split", key: "split"),
        .words("output", key: "output_type"), .words("metrics", key: "metrics"),
      ],
      rows: listed.map { task in
        [
          TextTable.Cell(task.name), TextTable.Cell(task.kind.rawValue),
          TextTable.Cell(task.dataSet ?? Self.summary(of: task.members)),
          TextTable.Cell(task.evaluatedSplit ?? ""), TextTable.Cell(task.outputType ?? ""),
          TextTable.Cell(task.metrics.joined(separator: " ")),
        ]
      })
    try write(table, .object(["tasks": .array(listed.map(Self.document))]))
  }

  private static func summary(of members: [String]) -> String {
    let shown = 4
    let rest = members.count - shown
    return members.prefix(shown).joined(separator: " ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private static func document(_ task: TaskDescription) -> JSONValue {
    [
      "name": .string(task.name), "kind": .string(task.kind.rawValue),
      "path": JSONValue(task.path), "members": .array(task.members.map(JSONValue.string)),
      "data_set": JSONValue(task.dataSet), "split": JSONValue(task.evaluatedSplit),
      "output_type": JSONValue(task.outputType),
      "metrics": .array(task.metrics.map(JSONValue.string)),
      "num_fewshot": JSONValue(task.shotCount),
    ]
  }

  private func writeFunctions() throws {
    let found = NativeFunctionDescription.all.filter { function in
      pattern.map { Glob(pattern: $0).matches(function.name) } ?? true
    }
    let table = TextTable(
      columns: [.words("function", key: "name"), .words("what it does", key: "summary")],
      rows: found.map { [TextTable.Cell($0.name), TextTable.Cell($0.summary)] })
    let list = found.map { function -> JSONValue in
      ["name": .string(function.name), "summary": .string(function.summary)]
    }
    try write(table, .object(["functions": .array(list)]))
  }

  private func write(_ table: TextTable, _ document: JSONValue) throws {
    switch common.format {
    case .json:
      let members: OrderedDictionary<String, JSONValue> = ["schema_version": 1]
      let whole = JSONValue.object(members.merging(document.object ?? [:]) { $1 })
      try common.terminal.write(whole.serialized(.pretty) + "\n")
    case .table: try common.terminal.write(table.aligned())
    case .csv: try common.terminal.write(table.csv())
    case .markdown: try common.terminal.write(table.markdown())
    }
  }
}
