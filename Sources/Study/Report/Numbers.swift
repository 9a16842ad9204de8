import Core

/// A p-value for a reader: 4 decimals, or `< 0.0001`, or `1`.
func probability(_ value: Double?) -> String {
  switch value {
  case let value? where value < 0.0001: "< 0.0001"
  case let value? where value > 0.9999: "1"
  default: NumberText.fixed(value, decimals: 4)
  }
}

/// A score or chance as the user's table writes it, without superfluous digits.
func short(_ value: Double) -> String {
  NumberText.significant(value)
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
func listed(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
