import Foundation

/// A time of day on a date, printed as Python's `strftime` prints it in English.
struct PythonTime: Sendable {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private let parts: DateComponents

  /// Creates a time from a date, in the machine's time zone.
  init(_ date: Date, calendar: Calendar = .current) {
    parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second, .weekday, .dayOfYear], from: date)
  }

  /// The time it is.
  static var now: PythonTime { PythonTime(Date()) }

  /// A time in a format; `nil` for a format that is not supported.
  static func text(of time: PythonTime, format: String) -> String? {
    var text = ""
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "%" else {
        text.unicodeScalars.append(scalar)
        continue
      }
      guard let directive = scalars.next(), let part = time.part(directive) else { return nil }
      text += part
    }
    return text
  }

  private func part(_ directive: Unicode.Scalar) -> String? {
    let hour = parts.hour ?? 0
    let month = Self.months[min(max(parts.month ?? 1, 1), 12) - 1]
    let day = Self.days[min(max(parts.weekday ?? 1, 1), 7) - 1]
    switch directive {
    case "Y": return "\(parts.year ?? 0)"
    case "y": return Self.padded((parts.year ?? 0) % 100)
    case "m": return Self.padded(parts.month)
    case "d": return Self.padded(parts.day)
    case "H": return Self.padded(hour)
    case "I": return Self.padded((hour + 11) % 12 + 1)
    case "M": return Self.padded(parts.minute)
    case "S": return Self.padded(parts.second)
    case "j": return Self.padded(parts.dayOfYear, count: 3)
    case "p": return hour < 12 ? "AM" : "PM"
    case "B": return month
    case "b": return String(month.prefix(3))
    case "A": return day
    case "a": return String(day.prefix(3))
    case "%": return "%"
    default: return nil
    }
  }

  private static func padded(_ number: Int?, count: Int = 2) -> String {
    let digits = "\(number ?? 0)"
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
