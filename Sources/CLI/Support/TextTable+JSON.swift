import Core
import OrderedCollections

extension TextTable {
  /// A table with one row for each object of an array, and one column for each number or text.
  ///
  /// The members of an object inside an object become columns with both keys, such as
  /// `from_base_cosine`; an array of numbers becomes one cell, such as `128x64`. Arrays of objects,
  /// which would be tables of their own, are left out.
  init(of array: JSONValue?) {
    let objects = array?.array ?? array.map { [$0] } ?? []
    let rows = objects.map { Self.flattened($0) }
    let keys = rows.reduce(into: OrderedSet<String>()) { $0.formUnion($1.keys) }
    // Where one row holds an object another may hold null: that is no column.
    let columns = keys.filter { key in
      rows.contains { $0[key, default: .null] != .null }
        || !keys.contains { $0.hasPrefix("\(key)_") }
    }
    self.init(
      columns: columns.map { .words($0, key: $0) },
      rows: rows.map { row in columns.map { Cell(Self.text(of: row[$0] ?? .null)) } })
  }

  private static func flattened(_ object: JSONValue) -> OrderedDictionary<String, JSONValue> {
    var flat: OrderedDictionary<String, JSONValue> = [:]
    for (key, value) in object.object ?? [:] {
      guard case .object = value else {
        if value.array?.contains(where: { $0.object != nil }) ?? false { continue }
        flat[key] = value
        continue
      }
      for (inner, value) in flattened(value) { flat["\(key)_\(inner)"] = value }
    }
    return flat
  }

  private static func text(of value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .array(let elements): elements.map(text).joined(separator: "x")
    case .number(let number) where !number.isFinite: ""
    default: value.serialized()
    }
  }
}
