public import Core
import OrderedCollections

/// Reads Python literals, as `ast.literal_eval` does: strings, numbers, lists, tuples,
/// dictionaries with string keys, `True`, `False` and `None`.
public struct PythonLiteral {
  private let bytes: [UInt8]
  private var position = 0
  private static let depthLimit = 100

  /// The value of a literal, or `nil` if the text is not one.
  ///
  /// A tuple becomes an array.
  public static func parse(_ text: String) -> JSONValue? {
    var reader = PythonLiteral(bytes: Array(text.utf8))
    while reader.peek() == UInt8(ascii: " ") || reader.peek() == UInt8(ascii: "\t") {
      reader.position += 1
    }
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    guard reader.position == reader.bytes.count else { return nil }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), [0x20, 0x09, 0x0a, 0x0c, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) -> JSONValue? {
    guard depth < Self.depthLimit else { return nil }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "["):
      position += 1
      return elements(until: "]", depth: depth).map { .array($0.values) }
    case UInt8(ascii: "("):
      position += 1
      return elements(until: ")", depth: depth).flatMap { list in
        list.values.count == 1 && !list.endsWithComma ? list.values.first : .array(list.values)
      }
    case UInt8(ascii: "{"): return dictionary(depth: depth)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(JSONValue.string)
    case .none: return nil
    default: return word()
    }
  }

  private mutating func elements(
    until end: Unicode.Scalar, depth: Int
  ) -> (values: [JSONValue], endsWithComma: Bool)? {
    var values: [JSONValue] = []
    var endsWithComma = false
    while !skip(end) {
      guard values.isEmpty || endsWithComma, let next = value(depth: depth + 1) else { return nil }
      values.append(next)
      endsWithComma = skip(",")
    }
    return (values, endsWithComma)
  }

  private mutating func dictionary(depth: Int) -> JSONValue? {
    position += 1
    var members: OrderedDictionary<String, JSONValue> = [:]
    while !skip("}") {
      skipSpace()
      guard let key = string(), skip(":"), let value = value(depth: depth + 1) else { return nil }
      members[key] = value
      guard !skip(",") else { continue }
      guard skip("}") else { return nil }
      break
    }
    return .object(members)
  }

  /// One or more string literals next to each other, which Python joins.
  private mutating func string() -> String? {
    var result: String?
    while let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
      guard let part = stringPart(quote: quote) else { return nil }
      result = (result ?? "") + part
      skipSpace()
    }
    return result
  }

  private mutating func stringPart(quote: UInt8) -> String? {
    position += 1
    let start = position
    while let byte = peek(), byte != quote {
      guard byte != 0x0a else { return nil }
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard peek() == quote else { return nil }
    defer { position += 1 }
    return PythonEscapes.decode(bytes[start..<position])
  }

  /// `True`, `False`, `None` or a number.
  private mutating func word() -> JSONValue? {
    let start = position
    while let byte = peek(), byte != UInt8(ascii: ","), byte != UInt8(ascii: ":"),
      ![UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"), 0x20, 0x09, 0x0a, 0x0c, 0x0d]
        .contains(byte)
    { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "True": return true
    case "False": return false
    case "None": return .null
    default: return Self.number(text)
    }
  }

  private static func number(_ text: String) -> JSONValue? {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    guard text.count - digits.count <= 1, let first = digits.first,
      first.isASCII && (first.isNumber || first == ".")
    else { return nil }
    if digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
      guard digits.count == 1 || first != "0" || digits.allSatisfy({ $0 == "0" }) else {
        return nil
      }
      return Int(text).map(JSONValue.integer)
    }
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || "eE.+-".contains($0)) }) else {
      return nil
    }
    guard let number = Double(text), number.isFinite else { return nil }
    return .number(number)
  }
}
