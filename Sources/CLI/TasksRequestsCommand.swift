import ArgumentParser
import Core
import Probe

/// `lethe tasks requests`: what is put to a model about one item.
struct TasksRequestsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests", abstract: "Show what is put to a model about one item of a task",
    discussion: "Control characters are escaped unless the output is JSON.")

  @Argument(help: ArgumentHelp("The name of a task", valueName: "task"))
  var name: String

  @Option(help: ArgumentHelp("The item's row in the evaluated split, from 0", valueName: "i"))
  var item: Int

  @OptionGroup var shots: ShotOptions

  @OptionGroup var tasks: TaskLibraryOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard item >= 0 else { throw ValidationError("'--item \(item)' must be at least 0") }
  }

  func run() throws {
    let library = try tasks.taskLibrary(common.terminal)
    let evaluation = try Evaluation(
      library.selection(named: [name]),
      options: EvaluationOptions(shotCount: shots.numFewshot, rules: tasks.rules))
    let items = try evaluation.sentItems(at: item)
    switch common.format {
    case .json:
      let document: JSONValue = [
        "schema_version": 1, "items": .array(items.map(Self.document)),
      ]
      try common.terminal.write(document.serialized(.pretty) + "\n")
    case .table: try common.terminal.write(items.map(Self.text).joined(separator: "\n"))
    case .csv: try common.terminal.write(Self.table(items).csv())
    case .markdown: try common.terminal.write(Self.table(items).markdown())
    }
  }

  private static func document(_ item: SentItem) -> JSONValue {
    let requests = item.requests.map { request -> JSONValue in
      [
        "context": .string(request.context), "continuation": JSONValue(request.continuation),
        "until": .array(request.stops.map(JSONValue.string)),
        "max_gen_toks": JSONValue(request.maximumTokenCount),
      ]
    }
    return [
      "task": .string(item.task), "item": .integer(item.index), "document": item.document,
      "target": .string(item.target), "requests": .array(requests),
    ]
  }

  /// Each context once, then what is asked after it.
  private static func text(_ item: SentItem) -> String {
    var lines = ["task \(item.task), item \(item.index), right answer: \(item.target)"]
    var context: String?
    for request in item.requests {
      if request.context != context {
        lines += ["", "context:", JSONValue.string(request.context).serialized()]
        context = request.context
      }
      if let continuation = request.continuation {
        lines.append("continuation: \(JSONValue.string(continuation).serialized())")
      } else {
        let stops = JSONValue.array(request.stops.map(JSONValue.string)).serialized()
        lines.append("at most \(request.maximumTokenCount ?? 0) tokens, until \(stops)")
      }
    }
    return lines.map { "\($0)\n" }.joined()
  }

  private static func table(_ items: [SentItem]) -> TextTable {
    TextTable(
      columns: [
        .words("task", key: "task"), .numbers("item", key: "item"),
        .numbers("request", key: "request"), .words("context", key: "context"),
        .words("continuation", key: "continuation"),
      ],
      rows: items.flatMap { item in
        item.requests.enumerated().map { index, request in
          [
            TextTable.Cell(item.task), "\(item.index)", "\(index)",
            TextTable.Cell(request.context), TextTable.Cell(request.continuation ?? ""),
          ]
        }
      })
  }
}
