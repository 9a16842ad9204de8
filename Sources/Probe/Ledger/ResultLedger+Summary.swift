import Foundation
import GRDB
import Inference

/// A model of a ledger and how much is known about it.
public struct LedgerSummary: Sendable, Equatable {
  /// Which model it is.
  public var identity: ModelIdentity
  /// Where its checkpoint was when it was first asked.
  public var path: String
  /// How many answers there are.
  public var answerCount: Int
  /// The tasks with how many items of each are finished, by name.
  public var tasks: [(name: String, itemCount: Int)]

  /// How many items are finished.
  public var itemCount: Int { tasks.reduce(0) { $0 + $1.itemCount } }

  /// Whether two summaries say the same.
  public static func == (left: LedgerSummary, right: LedgerSummary) -> Bool {
    left.identity == right.identity && left.path == right.path
      && left.answerCount == right.answerCount
      && left.tasks.elementsEqual(right.tasks) { $0 == $1 }
  }
}

extension ResultLedger {
  /// What the ledger knows about each model, in the order in which models came.
  public func summaries() throws -> [LedgerSummary] {
    try read { database in
      let answers = try Self.counts(database, of: "answer")
      return try Row.fetchAll(
        database, sql: "SELECT \(ModelIdentity.columns), id, path FROM model ORDER BY id"
      ).map { row in
        let id: Int = try row.field(ModelIdentity.columnCount)
        let tasks = try Row.fetchAll(
          database,
          sql: """
            SELECT task, count(DISTINCT number) FROM item WHERE model = ?
            GROUP BY task ORDER BY task
            """, arguments: [id])
        return LedgerSummary(
          identity: try ModelIdentity(row), path: try row.field(ModelIdentity.columnCount + 1),
          answerCount: answers[id] ?? 0, tasks: try tasks.map { (try $0.field(0), try $0.field(1)) }
        )
      }
    }
  }

  /// For each model how many rows of a table it has.
  private static func counts(_ database: Database, of table: String) throws -> [Int: Int] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT model, count(*) FROM \(table) GROUP BY model")
    return try rows.reduce(into: [:]) { $0[try $1.field(0)] = try $1.field(1) as Int }
  }
}

extension ModelIdentity {
  /// The columns of an identity, in this order.
  static let columns =
    "checkpoint, tokenizer, numerics, context_length, encoding, settings, engine_revision"
  /// How many there are.
  static let columnCount = 7

  /// The identity that a row of the ledger begins with.
  init(_ row: Row) throws {
    self.init(
      checkpoint: try row.field(0), tokenizer: try row.field(1), numerics: try row.field(2),
      contextLength: try row.field(3),
      encoding: RequestEncoding(rawValue: try row.field(4)) ?? .joint, settings: try row.field(5))
    engineRevision = try row.field(6)
  }
}
