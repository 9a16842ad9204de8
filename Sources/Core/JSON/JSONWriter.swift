import OrderedCollections

/// How a JSON document is laid out.
public enum JSONStyle: Sendable {
  /// On one line, as Python's `json.dumps(x, ensure_ascii=False)`.
  case compact
  /// With a line for each member, as Python's `json.dumps(x, indent=2, ensure_ascii=False)`.
  case pretty
}

extension JSONValue {
  /// The document as text, byte for byte as Python's `json.dumps` spells it.
  ///
  /// A number that is not finite becomes `null`, because JSON has no such numbers.
  public func serialized(_ style: JSONStyle = .compact) -> String {
    var writer = JSONWriter(style: style)
    writer.write(self)
    return writer.text
  }
}

/// Collects the text of a document.
private struct JSONWriter {
  let style: JSONStyle
  var text = ""
  private var depth = 0

  init(style: JSONStyle) { self.style = style }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.pythonDescription ?? "null"
    case .string(let value): write(value)
    case .array(let elements):
      write(elements, between: "[", "]") { writer, element in writer.write(element) }
    case .object(let members):
      write(members.elements, between: "{", "}") { writer, member in
        writer.write(member.key)
        writer.text += ": "
        writer.write(member.value)
      }
    }
  }

  private mutating func write<Members: Collection>(
    _ members: Members, between open: String, _ close: String,
    _ body: (inout JSONWriter, Members.Element) -> Void
  ) {
    text += open
    depth += 1
    var isFirst = true
    for member in members {
      if !isFirst { text += style == .pretty ? "," : ", " }
      isFirst = false
      breakLine()
      body(&self, member)
    }
    depth -= 1
    if !isFirst { breakLine() }
    text += close
  }

  private mutating func breakLine() {
    guard style == .pretty else { return }
    text += "\n"
    text += String(repeating: "  ", count: depth)
  }

  private mutating func write(_ string: String) {
    text += "\""
    if string.utf8.contains(where: Self.mustEscape) {
      for scalar in string.unicodeScalars { writeEscaped(scalar) }
    } else {
      text += string
    }
    text += "\""
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func writeEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case "\u{08}": text += "\\b"
    case "\u{0c}": text += "\\f"
    case "\u{00}"..."\u{1f}":
      text += "\\u00\(scalar.value < 0x10 ? "0" : "")\(String(scalar.value, radix: 16))"
    default: text.unicodeScalars.append(scalar)
    }
  }
}

extension Double {
  /// The number as Python's `repr` spells it; `nil` if it is not finite.
  ///
  /// The digits are the fewest that read back as the same number. The point moves as in Python:
  /// an exponent below -4 or from 16 on is written out, with at least two digits.
  public var pythonDescription: String? {
    guard isFinite else { return nil }
    guard self != 0 else { return sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = magnitude.shortestDigits
    let prefix = self < 0 ? "-" : ""
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.count > 1 ? ".\(digits.dropFirst())" : ""
      let size = String(exponent.magnitude)
      let padded = size.count < 2 ? "0\(size)" : size
      return "\(prefix)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padded)"
    }
    if exponent < 0 {
      return "\(prefix)0.\(String(repeating: "0", count: -exponent - 1))\(digits)"
    }
    let whole = digits.prefix(exponent + 1)
    let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
    let fraction = digits.dropFirst(exponent + 1)
    return "\(prefix)\(whole)\(zeros).\(fraction.isEmpty ? "0" : fraction)"
  }

  /// The fewest decimal digits of a positive number, and the power of ten of the first of them.
  private var shortestDigits: (digits: String, exponent: Int) {
    let parts = description.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    exponent += number[0].count - 1
    var digits = number.joined()[...]
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (String(digits), exponent)
  }
}
