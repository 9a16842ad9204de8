import Core
import Foundation
import GRDB

extension ResultLedger {
  /// How many rows something concerned.
  public struct RowCounts: Sendable, Equatable {
    /// Models.
    public var models = 0
    /// Answers to requests.
    public var answers = 0
    /// Finished items.
    public var items = 0
  }

  /// Takes over what another ledger knows; what both know stays as it is.
  ///
  /// - Parameter other: The other ledger, which does not change.
  /// - Returns: How many rows were new.
  /// - Throws: `InputError` for a ledger that cannot be read, or for the same file.
  public func merge(_ other: ResultLedger) throws -> RowCounts {
    guard Self.file(path) != Self.file(other.path) else {
      throw InputError(path: path, "a ledger cannot be merged into itself")
    }
    return try withoutTransaction { database in
      try Self.naming(other.path) {
        try database.execute(sql: "ATTACH ? AS other", arguments: [other.path])
      }
      defer { try? database.execute(sql: "DETACH other") }
      let before = try Self.rowCounts(database)
      try database.inTransaction(.immediate) {
        try database.execute(sql: Self.merging)
        return .commit
      }
      let after = try Self.rowCounts(database)
      return RowCounts(
        models: after.models - before.models, answers: after.answers - before.answers,
        items: after.items - before.items)
    }
  }

  /// The file that a path leads to, whatever links are on the way.
  private static func file(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
  }

  static func rowCounts(_ database: Database) throws -> RowCounts {
    func count(_ table: String) throws -> Int {
      try Int.fetchOne(database, sql: "SELECT count(*) FROM main.\(table)") ?? 0
    }
    return RowCounts(
      models: try count("model"), answers: try count("answer"), items: try count("item"))
  }

  private static let merging = """
    INSERT OR IGNORE INTO main.model
      (checkpoint, tokenizer, numerics, context_length, encoding, settings, engine_revision, path)
    SELECT
      checkpoint, tokenizer, numerics, context_length, encoding, settings, engine_revision, path
    FROM other.model ORDER BY id;
    CREATE TEMP TABLE place AS
    SELECT theirs.id AS their_id, ours.id AS our_id
    FROM other.model AS theirs JOIN main.model AS ours USING (
      checkpoint, tokenizer, numerics, context_length, encoding, settings, engine_revision);
    INSERT OR IGNORE INTO main.answer
    SELECT our_id, request, log_likelihood, is_greedy, text, token_count, dropped_token_count, time
    FROM other.answer JOIN temp.place ON their_id = model;
    INSERT OR IGNORE INTO main.item
    SELECT our_id, task, task_hash, number, prompt_hash, document_hash, target_hash, metrics, time
    FROM other.item JOIN temp.place ON their_id = model;
    DROP TABLE temp.place;
    """
}
