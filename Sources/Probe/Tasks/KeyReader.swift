import Core
import OrderedCollections

/// Takes typed values out of a task's keys; `null` is as good as no value.
struct KeyReader {
  let source: TaskSource
  private let values: OrderedDictionary<String, JSONValue>
  /// The key that the values stand under; `nil` at the top level.
  private let outer: String?

  init(source: TaskSource) {
    self.source = source
    values = source.values
    outer = nil
  }

  init(source: TaskSource, values: OrderedDictionary<String, JSONValue>, key: String) {
    self.source = source
    self.values = values
    outer = key
  }

  private func error(_ key: String, _ value: JSONValue, expected: String) -> InputError {
    let found = "found \(value.kind.rawValue), expected \(expected)"
    guard let outer else { return source.error(key: key, found) }
    return source.error(key: outer, "'\(key)': \(found)")
  }

  private func value(_ key: String) -> JSONValue? {
    guard let value = values[key], value != .null else { return nil }
    return value
  }

  func required(_ key: String) throws -> JSONValue {
    guard let value = value(key) else {
      throw InputError(path: source.path, "key '\(key)' is missing")
    }
    return value
  }

  func requiredString(_ key: String) throws -> String {
    let value = try required(key)
    guard let text = value.string else { throw error(key, value, expected: "text") }
    return text
  }

  func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string else { throw error(key, value, expected: "text") }
    return text
  }

  func count(_ key: String) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let count = value.int, count >= 0 else {
      throw error(key, value, expected: "a whole number from 0 on")
    }
    return count
  }

  func integer(_ key: String) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.int else { throw error(key, value, expected: "a whole number") }
    return number
  }

  func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.bool else { throw error(key, value, expected: "true or false") }
    return flag
  }

  func array(_ key: String) throws -> [JSONValue]? {
    guard let value = value(key) else { return nil }
    guard let array = value.array else { throw error(key, value, expected: "a list") }
    return array
  }

  func object(_ key: String) throws -> OrderedDictionary<String, JSONValue>? {
    guard let value = value(key) else { return nil }
    guard let object = value.object else { throw error(key, value, expected: "a mapping") }
    return object
  }
}
