/// The escapes of Python's string literals.
enum PythonEscapes {
  /// The text that the inside of a string literal stands for, or `nil` where an escape is broken.
  ///
  /// An unknown escape stays as it is written, backslash included, and an escaped line end vanishes.
  static func decode(_ body: ArraySlice<UInt8>) -> String? {
    guard body.contains(UInt8(ascii: "\\")) else { return String(validating: body, as: UTF8.self) }
    var result: [UInt8] = []
    var rest = body
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let code = rest.popFirst() else { return nil }
      if let plain = single[code] {
        result += plain
      } else if let width = hexWidths[code] {
        guard let scalar = hex(&rest, width: width) else { return nil }
        result += Array(String(scalar).utf8)
      } else if octal.contains(code) {
        result += Array(String(octalScalar(code, &rest)).utf8)
      } else if code == UInt8(ascii: "N") {
        return nil
      } else {
        result += [UInt8(ascii: "\\"), code]
      }
    }
    return String(validating: result, as: UTF8.self)
  }

  private static let octal = UInt8(ascii: "0")...UInt8(ascii: "7")
  private static let hexWidths = [
    UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
  ]
  private static let single: [UInt8: [UInt8]] = [
    UInt8(ascii: "\n"): [], UInt8(ascii: "\\"): [0x5c], UInt8(ascii: "'"): [0x27],
    UInt8(ascii: "\""): [0x22], UInt8(ascii: "a"): [7], UInt8(ascii: "b"): [8],
    UInt8(ascii: "f"): [12], UInt8(ascii: "n"): [10], UInt8(ascii: "r"): [13],
    UInt8(ascii: "t"): [9], UInt8(ascii: "v"): [11],
  ]

  private static func hex(_ rest: inout ArraySlice<UInt8>, width: Int) -> Unicode.Scalar? {
    let digits = rest.prefix(width)
    rest = rest.dropFirst(width)
    guard digits.count == width, let text = String(validating: digits, as: UTF8.self),
      text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let value = UInt32(text, radix: 16)
    else { return nil }
    return Unicode.Scalar(value)
  }

  /// One to three octal digits; at most 511, which is a code point.
  private static func octalScalar(
    _ first: UInt8, _ rest: inout ArraySlice<UInt8>
  ) -> Unicode.Scalar {
    var value = UInt16(first - UInt8(ascii: "0"))
    for _ in 0..<2 {
      guard let next = rest.first, octal.contains(next) else { break }
      value = value * 8 + UInt16(next - UInt8(ascii: "0"))
      rest = rest.dropFirst()
    }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }
}
