public import Core
public import Foundation
import GRDB

/// A finished item of one of a ledger's models.
public struct LedgerRecord: Sendable, Equatable {
  /// Which model it is of.
  public var identity: ModelIdentity
  /// Where the model's checkpoint was when it was first asked.
  public var path: String
  /// The task's name, and a hash of its content.
  public var task, taskHash: String
  /// The item's row in the evaluated split, from 0.
  public var number: Int
  /// By which the same item is recognized in another run.
  public var documentHash, promptHash, targetHash: String
  /// The item's metrics by name.
  public var metrics: JSONValue
  /// When it was finished.
  public var time: Date
}

extension ResultLedger {
  /// Visits every finished item: model by model, task by task, in the order of the items.
  ///
  /// - Parameter visit: Told each item.
  /// - Throws: `InputError` for a ledger that is damaged, and what `visit` throws.
  public func forEachItem(_ visit: (LedgerRecord) throws -> Void) throws {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT \(ModelIdentity.columns), path, task, task_hash, number, document_hash,
          prompt_hash, target_hash, item.time, metrics
          FROM item JOIN model ON model.id = item.model
          ORDER BY item.model, task, task_hash, number, prompt_hash
          """)
      while let row = try rows.next() { try visit(record(row)) }
    }
  }

  private func record(_ row: Row) throws -> LedgerRecord {
    let first = ModelIdentity.columnCount
    let (task, number): (String, Int) = (try row.field(first + 1), try row.field(first + 3))
    let (seconds, text): (Int, String) = (try row.field(first + 7), try row.field(first + 8))
    guard let metrics = try? JSONValue(parsing: Array(text.utf8)) else {
      throw InputError(
        path: path, place: "task '\(task)': item \(number)", "its metrics are not JSON")
    }
    return LedgerRecord(
      identity: try ModelIdentity(row), path: try row.field(first), task: task,
      taskHash: try row.field(first + 2), number: number,
      documentHash: try row.field(first + 4), promptHash: try row.field(first + 5),
      targetHash: try row.field(first + 6), metrics: metrics,
      time: Date(timeIntervalSince1970: Double(seconds)))
  }
}
