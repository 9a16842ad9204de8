import Foundation

/// Numbers as a person reads them; machine output never goes through here.
public enum NumberText {
  /// What stands where there is no number.
  public static let missing = "–"

  /// A number with a fixed count of decimals, such as `0.250`.
  public static func fixed(_ value: Double?, decimals: Int) -> String {
    guard let value, value.isFinite else { return missing }
    let text = String(format: "%.\(decimals)f", value)
    return text.dropFirst().allSatisfy({ $0 == "0" || $0 == "." }) && text.hasPrefix("-")
      ? String(text.dropFirst()) : text
  }

  /// A number with a count of significant digits, such as `0.02513` or `1.2e-07`.
  public static func significant(_ value: Double?, digits: Int = 4) -> String {
    guard let value, value.isFinite else { return missing }
    guard value != 0 else { return "0" }
    // The exponent after rounding: 9.9996 with four digits is 10.00.
    let scientific = String(format: "%.\(digits - 1)e", value)
    let exponent = scientific.split(separator: "e").last.flatMap { Int($0) } ?? 0
    guard (-4..<7).contains(exponent) else { return scientific }
    return String(format: "%.\(max(0, digits - 1 - exponent))f", value)
  }

  /// A fraction in percent without the sign, such as `81.3` for 0.813.
  public static func percent(_ fraction: Double?, decimals: Int = 1) -> String {
    fixed(fraction.map { $0 * 100 }, decimals: decimals)
  }

  /// A whole number in groups of three digits, such as `1,100,048`.
  public static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.append(String(digits.suffix(3)))
      digits.removeLast(3)
    }
    groups.append(digits)
    return (value < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }

  /// A size in decimal units, such as `2.20 GB`.
  public static func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    var value = Double(count)
    var unit = 0
    while value >= 999.5 && unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) bytes" : "\(significant(value, digits: 3)) \(units[unit])"
  }

  /// A span of time, such as `4.2 s` or `3 min 20 s`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite else { return missing }
    guard seconds >= 60 else { return "\(fixed(seconds, decimals: seconds < 10 ? 1 : 0)) s" }
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
