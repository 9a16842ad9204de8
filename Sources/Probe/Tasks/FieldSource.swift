import Core
import OrderedCollections
import Templates

/// Where a part of an item comes from: a constant, a field of the row, or a template over it.
enum FieldSource: Sendable {
  case constant(JSONValue)
  case field(String)
  case template(Template)
  case native(NativeFunction)

  /// Understands the value of a key: text that is the name of a field stands for that field, other
  /// text is a template, and `!function` one of the program's functions.
  ///
  /// - Throws: `InputError` with the key and the place in a template that cannot be parsed, or with
  ///   the name of a function that there is not.
  init(
    _ value: JSONValue, key: String, fields: OrderedSet<String>, source: TaskSource
  ) throws {
    if let function = try source.function(inside: key, value) {
      guard case .part = function.body else {
        throw source.error(key: key, "'\(function.name)' makes no part of an item")
      }
      self = .native(function)
      return
    }
    switch value {
    case .string(let text) where fields.contains(text): self = .field(text)
    case .string(let text):
      do {
        self = .template(try Template(text))
      } catch let error as InputError {
        throw source.error(key: key, "\(error)")
      }
    case .integer, .bool, .array: self = .constant(value)
    case .object(let members): self = .constant(.array(Array(members.values)))
    case .null, .number:
      throw source.error(key: key, "found \(value.kind.rawValue), expected a field or a template")
    }
  }

  /// The value for a row; `prints` says whether a template prints or gives its value.
  func value(_ row: DataSplit.Row, prints: Bool) throws -> JSONValue {
    switch self {
    case .constant(let value): return value
    case .field(let name):
      guard let value = row.fields[name] else { throw row.error("there is no field '\(name)'") }
      return value
    case .template(let template):
      return prints ? .string(try template.render(row.fields)) : try template.value(row.fields)
    case .native(let function):
      guard case .part(let body) = function.body else { return .null }
      return try body(row)
    }
  }
}
