import Core
import Foundation
import GRDB

/// The stored results of all runs, in one SQLite file.
///
/// One row for each scored request and one for each finished item, keyed by all that the result depends
/// on. Several processes may write to one ledger at a time; a process that is killed leaves what it has
/// written. Errors are `InputError` with the file's path.
public final class ResultLedger: Sendable {
  /// Which results the engine gives: to be raised with every change after which a model's answer to the
  /// same request may have other bits, so that no older answer is taken for a new one.
  public static let engineRevision = 1

  /// Which tables there are.
  static let schemaVersion = 1
  /// What SQLite's header says that the file is of: "LTHE".
  static let applicationID = 0x4C54_4845
  /// For how many seconds another process's writing is waited for.
  static let patience = 60.0

  /// The file.
  public let path: String
  private let queue: DatabaseQueue

  /// Opens a ledger.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - mustExist: Whether a file that is not there is an error; else it is made.
  /// - Throws: `InputError` for a file that is missing, cannot be written, is no ledger, or is one of a
  ///   later version of Lethe.
  public init(path: String, mustExist: Bool = false) throws {
    self.path = path
    try Self.requireWritable(path, mustExist: mustExist)
    queue = try Self.naming(path) {
      try Self.patiently {
        let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
        try Self.prepare(queue, path: path)
        return queue
      }
    }
  }

  /// Reads.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.naming(path) { try queue.read(body) }
  }

  /// Writes all or nothing.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.naming(path) { try queue.write(body) }
  }

  /// Does what cannot be part of a transaction.
  func withoutTransaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.naming(path) { try queue.writeWithoutTransaction(body) }
  }

  /// Gives the space of removed rows back to the disk.
  public func compact() throws {
    try withoutTransaction { database in
      try database.execute(sql: "VACUUM")
      try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
  }

  // MARK: - Opening

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    return configuration
  }

  /// SQLite opens what it cannot write for reading alone, and fails much later.
  private static func requireWritable(_ path: String, mustExist: Bool) throws {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    if unsafe files.fileExists(atPath: path, isDirectory: &isFolder) {
      guard !isFolder.boolValue else { throw InputError(path: path, "is a folder, not a ledger") }
      guard files.isWritableFile(atPath: path) else {
        throw InputError(path: path, "is read-only, and a ledger is written to")
      }
    } else {
      guard !mustExist else { throw InputError(path: path, "no such ledger") }
      guard files.fileExists(atPath: folder) else {
        throw InputError(path: path, "there is no folder '\(folder)' to make the ledger in")
      }
    }
    guard files.isWritableFile(atPath: folder) else {
      throw InputError(
        path: path, "its folder is read-only, and a ledger needs files beside it while it is open")
    }
  }

  /// Tries again while another process is making or repairing the same ledger, which SQLite does not
  /// always wait for.
  private static func patiently<Value>(_ body: () throws -> Value) throws -> Value {
    let end = ContinuousClock.now + .seconds(patience)
    while true {
      do {
        return try body()
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end
      {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
  }

  /// Checks that the file is a ledger, makes its tables where it is new, and finds out whether it can be
  /// written.
  private static func prepare(_ queue: DatabaseQueue, path: String) throws {
    if try queue.read({ try isNew($0, path: path) }) == false {
      try queue.inTransaction(.immediate) { database in
        try database.execute(sql: "PRAGMA user_version = \(schemaVersion)")
        return .rollback
      }
    }
    try queue.writeWithoutTransaction { database in
      // What is written survives the process with either; only the whole machine must not fall for the
      // last of it.
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    try queue.inTransaction(.immediate) { database in
      if try isNew(database, path: path) { try database.execute(sql: schema) }
      return .commit
    }
  }

  /// Whether a database is empty; an error if it is neither that nor a ledger.
  private static func isNew(_ database: Database, path: String) throws -> Bool {
    let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let tableCount = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    if application == 0, version == 0, tableCount == 0 { return true }
    guard application == applicationID else {
      throw InputError(path: path, "is a database, but not a ledger of Lethe")
    }
    guard version <= schemaVersion else {
      throw InputError(
        path: path,
        "is a ledger of version \(version), and this Lethe knows versions up to \(schemaVersion)")
    }
    return false
  }
}
