public import Foundation
import GRDB

extension ResultLedger {
  /// What is removed from a ledger: what fits everything that is given.
  public struct Pruning: Sendable, Equatable {
    /// The beginning of a checkpoint's content hash, or its path.
    public var checkpoint: String?
    /// The name of a task, of which items are removed; answers stay, since several tasks can ask the same.
    public var task: String?
    /// Before when it was found.
    public var before: Date?
    /// Whether only results of other revisions of the engine than this one's are removed.
    public var isOutdated = false

    /// Creates a description that nothing is given for, which fits everything.
    public init() {}
  }

  /// Removes results, and models about which nothing is left; gives their space back to the disk.
  ///
  /// - Parameter pruning: Which ones.
  /// - Returns: How many rows were removed.
  /// - Throws: `InputError` if the ledger cannot be written.
  public func prune(_ pruning: Pruning) throws -> RowCounts {
    let removed = try write { database in
      let before = try Self.rowCounts(database)
      let models = try Self.models(pruning, database)
      for model in models {
        var condition = "model = :model"
        var arguments: StatementArguments = ["model": model]
        if let date = pruning.before {
          condition += " AND time < :time"
          arguments += ["time": Int(date.timeIntervalSince1970)]
        }
        if pruning.task == nil {
          try database.execute(sql: "DELETE FROM answer WHERE \(condition)", arguments: arguments)
        } else {
          condition += " AND task = :task"
          arguments += ["task": pruning.task]
        }
        try database.execute(sql: "DELETE FROM item WHERE \(condition)", arguments: arguments)
      }
      try database.execute(
        sql: """
          DELETE FROM model WHERE id NOT IN (SELECT model FROM answer)
          AND id NOT IN (SELECT model FROM item)
          """)
      let after = try Self.rowCounts(database)
      return RowCounts(
        models: before.models - after.models, answers: before.answers - after.answers,
        items: before.items - after.items)
    }
    try compact()
    return removed
  }

  /// The rows of the models that something fits.
  private static func models(_ pruning: Pruning, _ database: Database) throws -> [Int] {
    try Row.fetchAll(
      database, sql: "SELECT id, checkpoint, path, engine_revision FROM model"
    ).filter { row in
      let (hash, path): (String, String) = (try row.field(1), try row.field(2))
      let isNamed = pruning.checkpoint.map { hash.hasPrefix($0) || path == $0 } ?? true
      return try isNamed && !(pruning.isOutdated && row.field(3) == engineRevision)
    }.map { try $0.field(0) }
  }
}
