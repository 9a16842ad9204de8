extension JSONReader {
  /// Reads a number and returns it as it is written.
  public mutating func readNumberText() throws(JSONError) -> String {
    let found = try nextKind()
    guard found == .number else {
      throw JSONError(.wrongKind(found: found, expected: "a number"), at: offset)
    }
    let start = position
    _ = try readNumberBody()
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Reads a number whose first byte is the next one.
  ///
  /// A number without fraction and exponent that fits `Int` is an integer; every other one is the
  /// nearest double.
  mutating func readNumberBody() throws(JSONError) -> JSONValue {
    let start = position
    skip(UInt8(ascii: "-"))
    let integerStart = position
    skipDigits()
    var isValid =
      position == integerStart + 1
      || (position > integerStart && bytes[integerStart] != UInt8(ascii: "0"))
    var isInteger = true
    if skip(UInt8(ascii: ".")) {
      isInteger = false
      isValid = skipDigits() && isValid
    }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      isInteger = false
      if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
      isValid = skipDigits() && isValid
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard isValid, let double = Double(text) else {
      throw JSONError(.invalidNumber(text), at: baseOffset + start)
    }
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard double.isFinite else {
      throw JSONError(.numberOutOfRange(text), at: baseOffset + start)
    }
    return .number(double)
  }

  @discardableResult
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  @discardableResult
  private mutating func skipDigits() -> Bool {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    return position > start
  }
}
