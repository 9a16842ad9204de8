import Core
import OrderedCollections

/// The key-value pairs of a GGUF file, checked; arrays are stepped over.
struct GGUFMetadata {
  private struct Entry {
    var value: GGUFValue
    /// Where the value begins in the file.
    var offset: Int
  }

  private static let keyByteLimit = 65_535
  private static let nestingLimit = 4

  private let path: String
  private var entries: OrderedDictionary<String, Entry> = [:]

  /// Reads pairs from the cursor's place on, and leaves it behind the last.
  init(_ cursor: inout ByteCursor, count: UInt64) throws(CheckpointError) {
    path = cursor.file.path
    for _ in 0..<count {
      let start = cursor.offset
      let key = try cursor.readName("metadata key", byteLimit: Self.keyByteLimit)
      guard entries[key] == nil else {
        throw CheckpointError(.duplicateKey(key), path: path, offset: start)
      }
      let type = try Self.readType(&cursor, key: key)
      let offset = cursor.offset
      entries[key] = Entry(
        value: try Self.readValue(&cursor, type: type, key: key), offset: offset)
    }
  }

  private static func readType(
    _ cursor: inout ByteCursor, key: String
  ) throws(CheckpointError) -> GGUFValueType {
    let start = cursor.offset
    let number = try cursor.read(UInt32.self, "type of metadata key '\(key)'")
    guard let type = GGUFValueType(rawValue: number) else {
      throw CheckpointError(
        .unknownValueType(key: key, type: number), path: cursor.file.path, offset: start)
    }
    return type
  }

  private static func readValue(
    _ cursor: inout ByteCursor, type: GGUFValueType, key: String
  ) throws(CheckpointError) -> GGUFValue {
    switch type {
    case .string:
      let what = "value of metadata key '\(key)'"
      let length = try cursor.readLength(what)
      // Text for people: an author's name in another encoding is no reason to refuse a file.
      return .string(String(decoding: try cursor.readBytes(length, what), as: UTF8.self))
    case .array: return .array(try readArray(&cursor, key: key))
    default: return try cursor.readFixed(type, key: key)
    }
  }

  /// Steps over an array and what is nested in it.
  private static func readArray(
    _ cursor: inout ByteCursor, key: String
  ) throws(CheckpointError) -> MetadataArray {
    let (type, count) = try readArrayHead(&cursor, key: key)
    let array = MetadataArray(
      key: key, count: count, type: type, start: cursor)
    try skipElements(&cursor, type: type, count: count, key: key)
    var open = type == .array ? [count] : []
    while let left = open.popLast() {
      guard left > 0 else { continue }
      open.append(left - 1)
      let start = cursor.offset
      let (type, count) = try readArrayHead(&cursor, key: key)
      if type == .array {
        open.append(count)
        guard open.count < nestingLimit else {
          throw CheckpointError(
            .nestedTooDeep(key: key, limit: nestingLimit), path: cursor.file.path, offset: start)
        }
      } else {
        try skipElements(&cursor, type: type, count: count, key: key)
      }
    }
    return array
  }

  private static func readArrayHead(
    _ cursor: inout ByteCursor, key: String
  ) throws(CheckpointError) -> (type: GGUFValueType, count: Int) {
    let start = cursor.offset
    let type = try readType(&cursor, key: key)
    let announced = try cursor.readLength("length of metadata key '\(key)'")
    let minimumBytes = type.minimumBytes(lengthBytes: cursor.lengthBytes)
    guard let count = Int(exactly: announced), count <= cursor.remaining / minimumBytes else {
      throw CheckpointError(
        .arrayTooLong(key: key, count: announced, available: cursor.remaining),
        path: cursor.file.path, offset: start)
    }
    return (type, count)
  }

  /// Steps over elements that are no arrays.
  private static func skipElements(
    _ cursor: inout ByteCursor, type: GGUFValueType, count: Int, key: String
  ) throws(CheckpointError) {
    if type.hasFixedSize {
      let byteCount = count * type.minimumBytes(lengthBytes: cursor.lengthBytes)
      try cursor.skip(UInt64(byteCount), "array of metadata key '\(key)'")
    } else if type == .string {
      for _ in 0..<count {
        let length = try cursor.readLength("string length")
        try cursor.skip(length, "string in metadata key '\(key)'")
      }
    }
  }
}

// MARK: - Access

extension GGUFMetadata {
  /// All pairs as JSON, long arrays summarised.
  func json() throws(CheckpointError) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [:]
    for (key, entry) in entries { members[key] = try entry.value.json() }
    return .object(members)
  }

  /// The text of a key; `nil` if there is no such key.
  func string(_ key: String) throws(CheckpointError) -> String? {
    guard let entry = entries[key] else { return nil }
    guard case .string(let value) = entry.value else {
      throw wrongType(key, entry, expected: "a string")
    }
    return value
  }

  /// The integer of a key, or the one integer that all elements of an array are.
  func integer(_ key: String) throws(CheckpointError) -> Int? {
    guard let entry = entries[key] else { return nil }
    switch entry.value {
    case .integer(let value): return value
    case .array(let array) where array.type.hasFixedSize && array.count > 0:
      let values = Set(try array.integers())
      if let value = values.first, values.count == 1 { return value }
      throw wrongType(key, entry, expected: "one integer for all layers")
    default: throw wrongType(key, entry, expected: "an integer")
    }
  }

  /// The number of a key.
  func number(_ key: String) throws(CheckpointError) -> Double? {
    guard let entry = entries[key] else { return nil }
    switch entry.value {
    case .integer(let value): return Double(value)
    case .float(let value): return value
    default: throw wrongType(key, entry, expected: "a number")
    }
  }

  /// Whether a key is true; `nil` if there is no such key.
  func bool(_ key: String) throws(CheckpointError) -> Bool? {
    guard let entry = entries[key] else { return nil }
    guard case .bool(let value) = entry.value else {
      throw wrongType(key, entry, expected: "a boolean")
    }
    return value
  }

  /// The elements of a key's array, each true or false, or a number other than 0 for true; `nil` if
  /// there is no such key, or no array.
  func flags(_ key: String) throws(CheckpointError) -> [Bool]? {
    guard case .array(let array) = entries[key]?.value else { return nil }
    return try array.flags()
  }

  /// Whether there is such a key.
  func holds(_ key: String) -> Bool { entries[key] != nil }

  /// The array of a key; `nil` if there is no such key.
  func array(_ key: String) throws(CheckpointError) -> MetadataArray? {
    guard let entry = entries[key] else { return nil }
    guard case .array(let array) = entry.value else {
      throw wrongType(key, entry, expected: "an array")
    }
    return array
  }

  /// An error about the value of a key.
  func error(_ problem: CheckpointError.Problem, key: String) -> CheckpointError {
    CheckpointError(problem, path: path, offset: entries[key]?.offset)
  }

  /// The alignment of the data.
  func alignment() throws(CheckpointError) -> Int {
    let key = "general.alignment"
    let limit = 1 << 20
    guard let entry = entries[key] else { return 32 }
    guard case .integer(let value) = entry.value else {
      throw wrongType(key, entry, expected: "an integer")
    }
    guard value > 0, value <= limit, value.nonzeroBitCount == 1 else {
      throw error(.invalidAlignment(value: value, limit: limit), key: key)
    }
    return value
  }

  /// Checks that the arrays of the vocabulary have the types and lengths that go together.
  func checkVocabulary() throws(CheckpointError) {
    let tokensKey = "tokenizer.ggml.tokens"
    guard let tokens = try array(tokensKey) else { return }
    let expected: [(key: String, types: [GGUFValueType])] = [
      (tokensKey, [.string]), ("tokenizer.ggml.scores", [.f32]),
      ("tokenizer.ggml.token_type", [.i32, .u32]),
    ]
    for (key, types) in expected {
      guard let array = try array(key) else { continue }
      guard types.contains(array.type) else {
        let names = types.map { "\($0)" }.joined(separator: " or ")
        let found = "an array of \(array.elementType)"
        throw error(
          .wrongKeyType(key: key, found: found, expected: "an array of \(names)"), key: key)
      }
      guard array.count == tokens.count else {
        throw error(
          .unequalArrays(
            key: key, count: array.count, other: tokensKey, otherCount: tokens.count), key: key)
      }
    }
  }

  private func wrongType(_ key: String, _ entry: Entry, expected: String) -> CheckpointError {
    CheckpointError(
      .wrongKeyType(key: key, found: entry.value.typeName, expected: expected), path: path,
      offset: entry.offset)
  }
}

extension ByteCursor {
  /// Reads a length and a text that names something.
  mutating func readName(_ what: String, byteLimit: Int) throws(CheckpointError) -> String {
    let start = offset
    let length = try readLength("\(what) length")
    guard length > 0, length <= byteLimit else {
      throw CheckpointError(
        .invalidName(what: what, byteCount: length, limit: byteLimit), path: file.path,
        offset: start)
    }
    let bytes = try readBytes(length, what)
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw CheckpointError(.invalidUTF8(what: what), path: file.path, offset: start)
    }
    return name
  }
}
