extension JSONValue {
  /// A number, or `null` where there is none.
  public init(_ number: Double?) { self = number.map(JSONValue.number) ?? .null }

  /// A whole number, or `null` where there is none.
  public init(_ number: Int?) { self = number.map(JSONValue.integer) ?? .null }

  /// A text, or `null` where there is none.
  public init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }

  /// A truth value, or `null` where it is not known.
  public init(_ value: Bool?) { self = value.map(JSONValue.bool) ?? .null }
}
