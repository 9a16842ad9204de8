import Core
import OrderedCollections

/// The type of one column of a data set, found from all its values.
///
/// Data sets are tables in the library that lm-eval reads them with: a field that a row lacks is
/// null there, an integer in a column with a fraction is a float, and objects with the same keys
/// have them in one order. Values without a common type stay as they are.
enum ColumnType {
  case null
  case integer
  case float
  case other(JSONKind)
  indirect case list(ColumnType)
  indirect case record(OrderedDictionary<String, ColumnType>)
  /// Values that have no common type.
  case mixed

  /// The type of one value.
  init(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .integer: self = .integer
    case .number: self = .float
    case .bool, .string: self = .other(value.kind)
    case .array(let elements):
      self = .list(elements.reduce(.null) { $0.joined(ColumnType($1)) })
    case .object(let members):
      self = members.isEmpty ? .mixed : .record(members.mapValues { ColumnType($0) })
    }
  }

  /// The type of a column that holds values of two types.
  func joined(_ other: ColumnType) -> ColumnType {
    switch (self, other) {
    case (.null, let type), (let type, .null): return type
    case (.integer, .integer): return .integer
    case (.integer, .float), (.float, .integer), (.float, .float): return .float
    case (.other(let a), .other(let b)): return a == b ? self : .mixed
    case (.list(let a), .list(let b)): return .list(a.joined(b))
    case (.record(let a), .record(let b)):
      guard a.count == b.count, b.keys.allSatisfy({ a[$0] != nil }) else { return .mixed }
      return .record(a.merging(b) { $0.joined($1) })
    default: return .mixed
    }
  }

  /// A value as it stands in a column of this type.
  func coerce(_ value: JSONValue) -> JSONValue {
    switch (self, value) {
    case (.float, .integer(let number)): return .number(Double(number))
    case (.list(let type), .array(let elements)): return .array(elements.map(type.coerce))
    case (.record(let types), .object(let members)):
      return .object(
        types.reduce(into: [:]) { $0[$1.key] = $1.value.coerce(members[$1.key] ?? .null) })
    default: return value
    }
  }
}
