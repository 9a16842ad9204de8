import Core

extension JSONValue {
  /// A number, or null where there is none.
  static func optional(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }

  /// A whole number, or null where there is none.
  static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }

  /// A truth value, or null where it is not known.
  static func optional(_ value: Bool?) -> JSONValue { value.map(JSONValue.bool) ?? .null }

  /// A text, or null where there is none.
  static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  /// The ends of an interval, or null where there is none.
  static func interval(_ value: ClosedRange<Double>?) -> JSONValue {
    value.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null
  }

  /// A number with its interval, or null where there is none.
  static func estimate(_ estimate: Estimate?) -> JSONValue {
    estimate.map { ["value": .number($0.value), "interval": .interval($0.interval)] } ?? .null
  }
}
