import ArgumentParser
import Core
import Foundation
import Inference
import OrderedCollections
import Probe

/// `lethe ledger`: the stored results.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "List, export, merge or prune stored results",
    discussion: """
      'lethe probe' and 'lethe study' keep every answer of a model in a ledger, an SQLite file, as \
      soon as it is there: a second run asks only what is missing. A ledger is written by several \
      processes at a time if need be.

      Example: lethe ledger merge node-1/ledger.sqlite node-2/ledger.sqlite all.sqlite
      """,
    subcommands: [
      LedgerListCommand.self, LedgerExportCommand.self, LedgerMergeCommand.self,
      LedgerPruneCommand.self,
    ],
    defaultSubcommand: LedgerListCommand.self)
}

extension ResultLedger.RowCounts {
  /// The counts as a sentence has them.
  fileprivate var words: String {
    [(models, "model"), (answers, "answer"), (items, "item")]
      .map { "\(NumberText.grouped($0)) \($1)\($0 == 1 ? "" : "s")" }.joined(separator: ", ")
  }
}

/// `lethe ledger list`: the models of a ledger.
struct LedgerListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models of a ledger and what is known of each")

  @Argument(help: ArgumentHelp("The ledger", valueName: "ledger"))
  var path: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let summaries = try ResultLedger(path: path, mustExist: true).summaries()
    let table = Self.table(summaries, isLong: common.format == .csv)
    switch common.format {
    case .json: try common.terminal.write(Self.document(summaries).serialized(.pretty) + "\n")
    case .table where summaries.isEmpty: try common.terminal.write("the ledger is empty\n")
    case .table: try common.terminal.write(table.aligned())
    case .csv: try common.terminal.write(table.csv())
    case .markdown: try common.terminal.write(table.markdown())
    }
  }

  private static func table(_ summaries: [LedgerSummary], isLong: Bool) -> TextTable {
    TextTable(
      columns: [
        .words("checkpoint", key: "checkpoint"), .words("content", key: "content_hash"),
        .words("numerics", key: "numerics"), .numbers("context", key: "context_length"),
        .words("encoding", key: "encoding"), .numbers("engine", key: "engine_revision"),
        .numbers("answers", key: "answer_count"), .numbers("items", key: "item_count"),
        .words("tasks", key: "tasks"),
      ],
      rows: summaries.map { summary in
        let identity = summary.identity
        let names = summary.tasks.map(\.name)
        let tasks = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", ..." : "")
        return [
          TextTable.Cell(summary.path),
          TextTable.Cell(String(identity.checkpoint.prefix(12)), raw: identity.checkpoint),
          TextTable.Cell(identity.numerics), .count(identity.contextLength),
          TextTable.Cell(identity.encoding.rawValue), .count(identity.engineRevision),
          .count(summary.answerCount), .count(summary.itemCount),
          TextTable.Cell(tasks, raw: names.joined(separator: " ")),
        ]
      })
  }

  private static func document(_ summaries: [LedgerSummary]) -> JSONValue {
    let models = summaries.map { summary -> JSONValue in
      let identity = summary.identity
      return [
        "path": .string(summary.path), "content_hash": .string(identity.checkpoint),
        "tokenizer_hash": .string(identity.tokenizer), "numerics": .string(identity.numerics),
        "context_length": .integer(identity.contextLength),
        "encoding": .string(identity.encoding.rawValue),
        "settings_hash": .string(identity.settings),
        "engine_revision": .integer(identity.engineRevision),
        "answer_count": .integer(summary.answerCount),
        "item_count": .integer(summary.itemCount),
        "tasks": .array(
          summary.tasks.map { task in
            ["task": .string(task.name), "item_count": .integer(task.itemCount)]
          }),
      ]
    }
    return ["schema_version": 1, "models": .array(models)]
  }
}

/// `lethe ledger export`: the finished items.
struct LedgerExportCommand: ParsableCommand {
  /// How items are written.
  enum Form: String, CaseIterable, ExpressibleByArgument { case csv, jsonl }

  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the finished items of a ledger, one a line")

  @Argument(help: ArgumentHelp("The ledger", valueName: "ledger"))
  var path: String

  @Option(name: .customLong("as"), help: "CSV with a row for each metric, or JSON lines")
  var form: Form = .csv

  @OptionGroup var common: CommonOptions

  private static let columns = [
    "checkpoint", "content_hash", "numerics", "task", "task_hash", "item", "document_hash",
    "prompt_hash", "target_hash", "time", "metric", "value",
  ]

  func validate() throws {
    if common.format != .table {
      throw ValidationError(
        "'--format' does not go with an export; give '--as csv' or '--as jsonl'")
    }
  }

  func run() throws {
    let ledger = try ResultLedger(path: path, mustExist: true)
    try common.terminal.write { write in
      if form == .csv { try write(Array(TextTable.csvLine(Self.columns).utf8)) }
      try ledger.forEachItem { item in
        switch form {
        case .jsonl: try write(Array((Self.document(item).serialized() + "\n").utf8))
        case .csv:
          for (metric, value) in item.metrics.object ?? [:] {
            try write(Array(TextTable.csvLine(Self.fields(item, metric, value)).utf8))
          }
        }
      }
    }
  }

  private static func fields(
    _ item: LedgerRecord, _ metric: String, _ value: JSONValue
  ) -> [String] {
    [
      item.path, item.identity.checkpoint, item.identity.numerics, item.task, item.taskHash,
      "\(item.number)", item.documentHash, item.promptHash, item.targetHash,
      item.time.ISO8601Format(), metric, value == .null ? "" : value.serialized(),
    ]
  }

  private static func document(_ item: LedgerRecord) -> JSONValue {
    [
      "checkpoint": .string(item.path), "content_hash": .string(item.identity.checkpoint),
      "numerics": .string(item.identity.numerics), "task": .string(item.task),
      "task_hash": .string(item.taskHash), "item": .integer(item.number),
      "document_hash": .string(item.documentHash), "prompt_hash": .string(item.promptHash),
      "target_hash": .string(item.targetHash), "time": .string(item.time.ISO8601Format()),
      "metrics": item.metrics,
    ]
  }
}

/// `lethe ledger merge`: several ledgers in one.
struct LedgerMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Take what some ledgers know over into the last one named")

  @Argument(help: ArgumentHelp("The ledgers, the one to merge into last", valueName: "ledger"))
  var paths: [String]

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard paths.count > 1 else {
      throw ValidationError("give at least one ledger, and the one to merge into")
    }
  }

  func run() throws {
    // All are looked at before the first is merged: a wrong path must not leave half of it done.
    let others = try paths.dropLast().map { try ResultLedger(path: $0, mustExist: true) }
    let ledger = try ResultLedger(path: paths[paths.count - 1])
    for other in others {
      let added = try ledger.merge(other)
      common.terminal.note("\(other.path): \(added.words) new")
    }
  }
}

/// `lethe ledger prune`: results that are no longer wanted.
struct LedgerPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove results from a ledger",
    discussion: """
      Removes what fits all that is given, and makes the file smaller. Answers belong to no task, \
      since several tasks can ask the same: with --task only items are removed.
      """)

  @Argument(help: ArgumentHelp("The ledger", valueName: "ledger"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "Results of the checkpoint with this path, or whose content hash begins so",
      valueName: "checkpoint"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Items of this task", valueName: "task"))
  var task: String?

  @Option(
    help: ArgumentHelp("Results that are older, such as 12h or 30d", valueName: "time"),
    transform: { text in
      let days = text.hasSuffix("d") ? Int(text.dropLast()).map { Double($0) * 86_400 } : nil
      guard let seconds = days ?? QuantityText.seconds(text), (0...1e10).contains(seconds) else {
        throw ValidationError("'\(text)' is not a time such as 90m, 12h or 30d")
      }
      return seconds
    })
  var olderThan: Double?

  @Flag(help: "Results of other versions of the engine, which are never found again")
  var outdated = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if checkpoint == nil, task == nil, olderThan == nil, !outdated {
      throw ValidationError(
        "say what to remove with '--checkpoint', '--task', '--older-than' or '--outdated'")
    }
    if checkpoint?.isEmpty == true { throw ValidationError("'--checkpoint' is empty") }
  }

  func run() throws {
    var pruning = ResultLedger.Pruning()
    pruning.checkpoint = checkpoint
    pruning.task = task
    pruning.before = olderThan.map { Date(timeIntervalSinceNow: -$0) }
    pruning.isOutdated = outdated
    let removed = try ResultLedger(path: path, mustExist: true).prune(pruning)
    common.terminal.note("removed \(removed.words)")
  }
}
