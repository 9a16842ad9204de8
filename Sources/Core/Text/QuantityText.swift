/// Quantities as a person writes them on a command line.
public enum QuantityText {
  /// The count of bytes that a text such as `512MB`, `3GB`, `1.5 GiB` or `4096` means.
  ///
  /// `k`, `M`, `G` and `T` are powers of 1000, with an `i` behind them powers of 1024; case and the
  /// `B` do not matter. Parts of a byte are rounded.
  ///
  /// - Parameter text: The text.
  /// - Returns: The count, or `nil` for what is no size or is larger than an integer holds.
  public static func byteCount(_ text: String) -> Int? {
    var rest = text[...]
    guard let (whole, fraction) = number(&rest) else { return nil }
    let name = rest.drop(while: \.isWhitespace).lowercased()
    guard let unit = byteUnits[name] else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    let (sum, sumOverflow) = product.addingReportingOverflow(
      Int((fraction * Double(unit)).rounded()))
    return overflow || sumOverflow ? nil : sum
  }

  /// The seconds that a text such as `90s`, `30m`, `1h30m` or `45` means.
  ///
  /// Hours, minutes and seconds stand in this order, each at most once; a number alone is seconds.
  ///
  /// - Parameter text: The text.
  /// - Returns: The seconds, or `nil` for what is no span of time.
  public static func seconds(_ text: String) -> Double? {
    var rest = text[...]
    var sum = 0.0
    var smallest = Double.infinity
    repeat {
      guard let (whole, fraction) = number(&rest) else { return nil }
      let value = Double(whole) + fraction
      guard let unit = rest.popFirst() else { return smallest == .infinity ? value : nil }
      guard let seconds = timeUnits[unit], seconds < smallest else { return nil }
      smallest = seconds
      sum += value * seconds
    } while !rest.isEmpty
    return sum
  }

  private static let byteUnits: [String: Int] = {
    var units = ["": 1, "b": 1]
    for (power, letter) in ["k", "m", "g", "t"].enumerated() {
      for ending in ["", "b"] {
        units[letter + ending] = (0...power).reduce(1) { unit, _ in unit * 1000 }
        units["\(letter)i\(ending)"] = 1 << (10 * (power + 1))
      }
    }
    return units
  }()

  private static let timeUnits: [Character: Double] = ["h": 3600, "m": 60, "s": 1]

  /// Takes a number in decimal digits from the start of a text, with the fraction behind its point.
  private static func number(_ text: inout Substring) -> (whole: Int, fraction: Double)? {
    let digits = digits(&text)
    guard let whole = Int(digits) else { return nil }
    guard text.first == "." else { return (whole, 0) }
    text.removeFirst()
    let decimals = Self.digits(&text)
    return decimals.isEmpty ? nil : Double("0.\(decimals)").map { (whole, $0) }
  }

  private static func digits(_ text: inout Substring) -> Substring {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    text = text.dropFirst(digits.count)
    return digits
  }
}
