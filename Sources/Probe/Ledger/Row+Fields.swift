import GRDB

extension Row {
  /// A field of a row of the ledger.
  ///
  /// - Parameter column: The column's place in what was selected.
  /// - Returns: The value.
  /// - Throws: `DatabaseError` for a value that no ledger holds, where GRDB's own access would end the
  ///   process.
  func field<Value: DatabaseValueConvertible>(_ column: Int) throws -> Value {
    guard let value: Value = optionalField(column) else {
      throw DatabaseError(
        resultCode: .SQLITE_CORRUPT, message: "column \(column) holds what it cannot hold")
    }
    return value
  }

  /// A field of a row of the ledger that may be absent; `nil` also for one of another type.
  func optionalField<Value: DatabaseValueConvertible>(_ column: Int) -> Value? {
    Value.fromDatabaseValue(self[column])
  }
}
