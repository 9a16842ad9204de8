/// Reads one JSON document piece by piece, without building a tree of it.
///
/// The caller says what comes next; anything else is an error that knows its byte:
///
/// ```swift
/// var reader = JSONReader(Array(#"{"a": [1, 2]}"#.utf8))
/// try reader.beginObject()
/// while let key = try reader.nextKey() {
///   try reader.beginArray()
///   while try reader.nextElement() { sum += try reader.readInteger() }
/// }
/// try reader.finish()
/// ```
///
/// The grammar is that of RFC 8259 and nothing more: no comments, no trailing commas, no `NaN`.
/// A key that occurs twice in an object is an error, because readers disagree on which one counts.
public struct JSONReader: Sendable {
  /// The depth limit that readers have unless told otherwise.
  public static let defaultDepthLimit = 128

  let bytes: [UInt8]
  let baseOffset: Int
  let depthLimit: Int
  var position = 0
  private var frames: [Frame] = []
  private var depth = 0
  /// Where the key that ``nextKey()`` returned last begins, counted as ``offset`` is.
  public private(set) var keyOffset: Int

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - bytes: The document.
  ///   - baseOffset: Where the document begins in its file; offsets in errors count from there.
  ///   - depthLimit: How many arrays and objects may be inside each other.
  public init(
    _ bytes: [UInt8], baseOffset: Int = 0, depthLimit: Int = JSONReader.defaultDepthLimit
  ) {
    self.bytes = bytes
    self.baseOffset = baseOffset
    self.depthLimit = depthLimit
    self.keyOffset = baseOffset
  }

  /// The byte that is read next, counted from the start of the file.
  public var offset: Int { baseOffset + position }

  // MARK: Objects and arrays

  /// Reads the start of an object.
  public mutating func beginObject() throws(JSONError) {
    try begin(UInt8(ascii: "{"), expected: "an object")
  }

  /// Reads the next key and its colon, or the end of the object.
  ///
  /// - Returns: The key, or `nil` if the object has ended.
  public mutating func nextKey() throws(JSONError) -> String? {
    guard try nextMember(before: UInt8(ascii: "}"), what: "'}'") else { return nil }
    keyOffset = offset
    guard try peek(expected: "a key") == UInt8(ascii: "\"") else {
      throw JSONError(.unexpectedByte(bytes[position], expected: "a key"), at: offset)
    }
    let key = try readStringBody()
    guard frames[depth - 1].insert(key) else { throw JSONError(.duplicateKey(key), at: keyOffset) }
    skipWhitespace()
    try expect(UInt8(ascii: ":"), "':'")
    skipWhitespace()
    return key
  }

  /// Reads the start of an array.
  public mutating func beginArray() throws(JSONError) {
    try begin(UInt8(ascii: "["), expected: "an array")
  }

  /// Moves to the next element of the array, or past its end.
  ///
  /// - Returns: Whether there is an element to be read.
  public mutating func nextElement() throws(JSONError) -> Bool {
    try nextMember(before: UInt8(ascii: "]"), what: "']'")
  }

  /// Reads what may follow the document: white space, and nothing else.
  public mutating func finish() throws(JSONError) {
    skipWhitespace()
    guard position == bytes.count else { throw JSONError(.trailingBytes, at: offset) }
  }

  private mutating func begin(_ bracket: UInt8, expected: String) throws(JSONError) {
    let kind = try nextKind()
    guard bytes[position] == bracket else {
      throw JSONError(.wrongKind(found: kind, expected: expected), at: offset)
    }
    guard depth < depthLimit else { throw JSONError(.tooDeep(limit: depthLimit), at: offset) }
    position += 1
    if depth == frames.count { frames.append(Frame()) } else { frames[depth].reset() }
    depth += 1
  }

  private mutating func nextMember(before end: UInt8, what: String) throws(JSONError) -> Bool {
    skipWhitespace()
    let isFirst = frames[depth - 1].memberCount == 0
    let byte = try peek(expected: isFirst ? what : "',' or \(what)")
    if byte == end {
      position += 1
      depth -= 1
      return false
    }
    if !isFirst {
      try expect(UInt8(ascii: ","), "',' or \(what)")
      skipWhitespace()
    }
    frames[depth - 1].memberCount += 1
    return true
  }

  // MARK: Single values

  /// The kind of the value that comes next.
  public mutating func nextKind() throws(JSONError) -> JSONKind {
    skipWhitespace()
    let byte = try peek(expected: "a value")
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw JSONError(.unexpectedByte(byte, expected: "a value"), at: offset)
    }
  }

  /// Reads a string.
  public mutating func readString() throws(JSONError) -> String {
    try require(.string)
    return try readStringBody()
  }

  /// Reads a number that is an integer and fits `Int`.
  public mutating func readInteger() throws(JSONError) -> Int {
    try require(.number, expected: "an integer")
    let start = offset
    guard case .integer(let value) = try readNumberBody() else {
      throw JSONError(.wrongKind(found: .number, expected: "an integer"), at: start)
    }
    return value
  }

  /// Reads a value of any kind.
  public mutating func readValue() throws(JSONError) -> JSONValue {
    switch try nextKind() {
    case .object: return .object(try readObject())
    case .array: return .array(try readArray())
    case .string: return .string(try readStringBody())
    case .number: return try readNumberBody()
    case .bool: return .bool(try readBool())
    case .null:
      try expectWord("null")
      return .null
    }
  }

  /// Reads a value of any kind, checks it as every value is checked, and forgets it.
  public mutating func skipValue() throws(JSONError) {
    switch try nextKind() {
    case .object:
      try beginObject()
      while try nextKey() != nil { try skipValue() }
    case .array:
      try beginArray()
      while try nextElement() { try skipValue() }
    case .string, .number, .bool, .null:
      _ = try readValue()
    }
  }

  private mutating func require(
    _ kind: JSONKind, expected: String? = nil
  ) throws(JSONError) {
    let found = try nextKind()
    guard found == kind else {
      throw JSONError(.wrongKind(found: found, expected: expected ?? kind.rawValue), at: offset)
    }
  }

  private mutating func readBool() throws(JSONError) -> Bool {
    let isTrue = bytes[position] == UInt8(ascii: "t")
    try expectWord(isTrue ? "true" : "false")
    return isTrue
  }

  private mutating func readArray() throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try beginArray()
    while try nextElement() { elements.append(try readValue()) }
    return elements
  }

  // MARK: Bytes

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private func peek(expected: String) throws(JSONError) -> UInt8 {
    guard position < bytes.count else {
      throw JSONError(.unexpectedEnd(expected: expected), at: offset)
    }
    return bytes[position]
  }

  private mutating func expect(_ byte: UInt8, _ name: String) throws(JSONError) {
    let found = try peek(expected: name)
    guard found == byte else {
      throw JSONError(.unexpectedByte(found, expected: name), at: offset)
    }
    position += 1
  }

  private mutating func expectWord(_ word: StaticString) throws(JSONError) {
    let name = "'\(word)'"
    for byte in name.utf8.dropFirst().dropLast() { try expect(byte, name) }
  }
}

/// What a reader remembers of one open object or array.
private struct Frame: Sendable {
  /// From this many keys on, a set finds a duplicate faster than a walk through a list.
  private static let listLimit = 8

  var memberCount = 0
  private var list: [String] = []
  private var set: Set<String> = []
  /// Keys that Swift takes for equal to an earlier one, though their bytes differ.
  private var equivalents: Set<[UInt8]> = []

  mutating func reset() {
    memberCount = 0
    list.removeAll(keepingCapacity: true)
    if !set.isEmpty { set = [] }
    if !equivalents.isEmpty { equivalents = [] }
  }

  /// Remembers a key; returns `false` if it has been there before, byte for byte.
  mutating func insert(_ key: String) -> Bool {
    if set.isEmpty {
      if let member = list.first(where: { $0 == key }) { return insert(key, besides: member) }
      list.append(key)
      if list.count == Self.listLimit { set = Set(list) }
      return true
    }
    let (inserted, member) = set.insert(key)
    return inserted || insert(key, besides: member)
  }

  private mutating func insert(_ key: String, besides member: String) -> Bool {
    guard !key.utf8.elementsEqual(member.utf8) else { return false }
    return equivalents.insert(Array(key.utf8)).inserted
  }
}
