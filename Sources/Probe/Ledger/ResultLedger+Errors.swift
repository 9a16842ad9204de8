import Core
import GRDB

extension ResultLedger {
  /// Says what a database's error means to who named the file.
  static func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw InputError(path: path, message(error), hint: hint(error))
    }
  }

  private static func message(_ error: DatabaseError) -> String {
    let words = error.message.map { " (\($0))" } ?? ""
    return switch error.resultCode {
    case .SQLITE_FULL: "the disk is full; the ledger keeps what it had"
    case .SQLITE_READONLY, .SQLITE_PERM: "is read-only, and a ledger is written to"
    case .SQLITE_NOTADB: "is not a ledger: no database"
    case .SQLITE_CORRUPT: "is damaged\(words)"
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      "another process has been writing to it for \(Int(patience)) seconds"
    case .SQLITE_CANTOPEN: "cannot be opened\(words)"
    case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_WRITE:
      "cannot be written: no space is left, or the file may not grow; the ledger keeps what it had"
    case .SQLITE_IOERR: "cannot be read or written\(words)"
    default: "the ledger cannot be used\(words)"
    }
  }

  private static func hint(_ error: DatabaseError) -> String? {
    error.resultCode == .SQLITE_CORRUPT
      ? "remove the file; what it held is computed anew" : nil
  }
}
