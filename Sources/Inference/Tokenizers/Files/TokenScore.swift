/// Scores of tokens, read as `tokenizers` reads them.
enum TokenScore {
  /// The number that a text stands for, to the bit that `tokenizers` takes.
  ///
  /// Its reader (serde_json) divides the digits by a power of ten, both rounded. With 17 digits
  /// that is not always the nearest double, and then sums of scores decide otherwise.
  ///
  /// - Parameter text: A number of JSON.
  /// - Returns: The number.
  static func value(of text: String) -> Double {
    var digits: UInt64 = 0
    var exponent = 0
    var isFraction = false
    var isFull = false
    var bytes = text.utf8[...]
    if bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
    while let byte = bytes.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
      bytes.removeFirst()
      guard byte != UInt8(ascii: ".") else {
        isFraction = true
        continue
      }
      let (tens, overflows) = digits.multipliedReportingOverflow(by: 10)
      let (sum, isTooLarge) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      isFull = isFull || overflows || isTooLarge
      if !isFull { digits = sum }
      // Digits that are left out still count before the point.
      if isFraction != isFull { exponent += isFraction ? -1 : 1 }
    }
    if !bytes.isEmpty { exponent += Int(Substring(bytes.dropFirst())) ?? 0 }
    let magnitude = scaled(Double(digits), exponent)
    return text.utf8.first == UInt8(ascii: "-") ? -magnitude : magnitude
  }

  private static func scaled(_ number: Double, _ exponent: Int) -> Double {
    var number = number
    var exponent = exponent
    while exponent < -308, number != 0 {
      number /= 1e308
      exponent += 308
    }
    return exponent < 0 ? number / powers[min(-exponent, 308)] : number * powers[min(exponent, 308)]
  }

  private static let powers = (0...308).map { Double("1e\($0)") ?? 1 }
}
