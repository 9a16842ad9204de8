extension JSONReader {
  /// Reads a string whose opening quote is the next byte.
  mutating func readStringBody() throws(JSONError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let body = bytes[start..<position]
        position += 1
        return try Self.decode(body, at: baseOffset + start)
      }
      if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start) }
      guard byte >= 0x20 else { throw JSONError(.controlCharacter(byte), at: offset) }
      position += 1
    }
    throw JSONError(.unexpectedEnd(expected: "the end of a string"), at: offset)
  }

  /// Reads on at the first backslash of a string that began at `start`.
  private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
    var text = ""
    var plain = start
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        text += try Self.decode(bytes[plain..<position], at: baseOffset + plain)
        guard byte == UInt8(ascii: "\\") else {
          position += 1
          return text
        }
        text.unicodeScalars.append(try readEscape())
        plain = position
      } else {
        guard byte >= 0x20 else { throw JSONError(.controlCharacter(byte), at: offset) }
        position += 1
      }
    }
    throw JSONError(.unexpectedEnd(expected: "the end of a string"), at: offset)
  }

  /// Reads one escape, whose backslash is the next byte.
  private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
    guard position + 1 < bytes.count else {
      throw JSONError(.unexpectedEnd(expected: "an escape"), at: baseOffset + bytes.count)
    }
    switch bytes[position + 1] {
    case UInt8(ascii: "u"): return try readUnicodeEscape()
    case UInt8(ascii: "\""): return escaped("\"")
    case UInt8(ascii: "\\"): return escaped("\\")
    case UInt8(ascii: "/"): return escaped("/")
    case UInt8(ascii: "b"): return escaped("\u{08}")
    case UInt8(ascii: "f"): return escaped("\u{0c}")
    case UInt8(ascii: "n"): return escaped("\n")
    case UInt8(ascii: "r"): return escaped("\r")
    case UInt8(ascii: "t"): return escaped("\t")
    default: throw JSONError(.invalidEscape, at: offset)
    }
  }

  private mutating func escaped(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    position += 2
    return scalar
  }

  private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let start = offset
    let first = try readCodeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), position < bytes.count,
      bytes[position] == UInt8(ascii: "\\")
    else { throw JSONError(.loneSurrogate, at: start) }
    let second = try readCodeUnit()
    guard UTF16.isTrailSurrogate(second) else { throw JSONError(.loneSurrogate, at: start) }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  /// Reads the escape of one UTF-16 code unit: `\u` and four hexadecimal digits.
  private mutating func readCodeUnit() throws(JSONError) -> UInt16 {
    guard position + 6 <= bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
      throw JSONError(.invalidEscape, at: offset)
    }
    var unit: UInt16 = 0
    for byte in bytes[(position + 2)..<(position + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw JSONError(.invalidEscape, at: offset)
      }
      unit = unit << 4 | UInt16(digit)
    }
    position += 6
    return unit
  }

  private static func decode(_ body: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
    guard let text = String(validating: body, as: UTF8.self) else {
      throw JSONError(.invalidUTF8, at: start + validPrefixCount(body))
    }
    return text
  }

  /// How many bytes from the start are UTF-8.
  private static func validPrefixCount(_ body: ArraySlice<UInt8>) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = body.makeIterator()
    var count = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { count += scalar.count }
    return count
  }
}
