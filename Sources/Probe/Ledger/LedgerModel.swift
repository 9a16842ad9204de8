import Core
import Foundation
import GRDB
import Inference

/// What a ledger knows about one model, and where its results go.
public struct LedgerModel: AnswerStore {
  private let ledger: ResultLedger
  /// Which model it is.
  public let identity: ModelIdentity
  private let path: String

  /// Creates the part of a ledger that is a model's.
  ///
  /// - Parameters:
  ///   - ledger: The ledger.
  ///   - identity: The model.
  ///   - path: Where its checkpoint is; for people.
  public init(_ ledger: ResultLedger, _ identity: ModelIdentity, path: String) {
    self.ledger = ledger
    self.identity = identity
    self.path = path
  }

  /// The answers that are known; `nil` for the others.
  public func answers(to requests: [ItemRequest]) throws -> [ItemAnswer?] {
    try ledger.read { database in
      guard let model = try id(database) else { return requests.map { _ in nil } }
      let statement = try database.makeStatement(
        sql: """
          SELECT log_likelihood, is_greedy, text, token_count, dropped_token_count FROM answer
          WHERE model = ? AND request = ?
          """)
      return try requests.map { request in
        let row = try Row.fetchOne(
          statement, arguments: [model, RequestHash(request).bytes])
        return try row.flatMap { try ItemAnswer($0, to: request) }
      }
    }
  }

  /// Keeps answers; one that is known already stays as it is, and one that is not finite is not kept.
  ///
  /// - Throws: `InputError` if the ledger cannot be written; none of the answers is kept then.
  public func keep(_ answers: [(request: ItemRequest, answer: ItemAnswer)]) throws {
    guard !answers.isEmpty else { return }
    let time = Self.now
    try ledger.write { database in
      let model = try madeID(database)
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO answer
          (model, request, log_likelihood, is_greedy, text, token_count, dropped_token_count, time)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """)
      for (request, answer) in answers {
        guard let values = answer.values else { continue }
        try statement.execute(
          arguments: [model, RequestHash(request).bytes] + values + [time])
      }
    }
  }

  /// Keeps finished items; one that is known already stays as it is.
  ///
  /// - Throws: `InputError` if the ledger cannot be written; none of the items is kept then.
  func keep(items: [LedgerItem]) throws {
    guard !items.isEmpty else { return }
    let time = Self.now
    try ledger.write { database in
      let model = try madeID(database)
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO item
          (model, task, task_hash, number, prompt_hash, document_hash, target_hash, metrics, time)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      for item in items {
        try statement.execute(arguments: [
          model, item.task, item.taskHash, item.number, item.hashes.prompt, item.hashes.document,
          item.hashes.target, item.metrics.serialized(), time,
        ])
      }
    }
  }

  private static var now: Int { Int(Date().timeIntervalSince1970) }

  // MARK: - The model's row

  private var key: StatementArguments {
    [
      identity.checkpoint, identity.tokenizer, identity.numerics, identity.contextLength,
      identity.encoding.rawValue, identity.settings, identity.engineRevision,
    ]
  }

  private func id(_ database: Database) throws -> Int? {
    try Int.fetchOne(
      database,
      sql: "SELECT id FROM model WHERE (\(ModelIdentity.columns)) = (?, ?, ?, ?, ?, ?, ?)",
      arguments: key)
  }

  /// The number of the model's row, which is made where there is none: at first, or after another
  /// process has removed it.
  private func madeID(_ database: Database) throws -> Int {
    if let id = try id(database) { return id }
    try database.execute(
      sql: "INSERT INTO model (\(ModelIdentity.columns), path) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: key + [path])
    return Int(database.lastInsertedRowID)
  }
}

extension ItemAnswer {
  /// The answer that a row of the ledger holds; `nil` for one of another kind than the request's.
  fileprivate init?(_ row: Row, to request: ItemRequest) throws {
    let (tokenCount, droppedTokenCount): (Int, Int) = (try row.field(3), try row.field(4))
    switch request {
    case .text:
      guard let value: Double = row.optionalField(0), let isGreedy: Bool = row.optionalField(1)
      else { return nil }
      self = .logLikelihood(
        LogLikelihood(
          value: value, isGreedy: isGreedy, tokenCount: tokenCount,
          droppedTokenCount: droppedTokenCount))
    case .generation:
      guard let text: Data = row.optionalField(2) else { return nil }
      self = .text(
        GeneratedText(
          text: String(decoding: text, as: UTF8.self), tokenCount: tokenCount,
          droppedTokenCount: droppedTokenCount))
    }
  }

  /// What the ledger's columns hold, from the log-likelihood to the dropped tokens; `nil` for a
  /// log-likelihood that is not finite.
  fileprivate var values: StatementArguments? {
    switch self {
    case .logLikelihood(let answer):
      answer.value.isFinite
        ? [answer.value, answer.isGreedy, nil, answer.tokenCount, answer.droppedTokenCount] : nil
    case .text(let answer):
      [nil, nil, Data(answer.text.utf8), answer.tokenCount, answer.droppedTokenCount]
    }
  }
}
