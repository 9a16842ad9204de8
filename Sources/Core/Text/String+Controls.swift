extension String {
  /// The text with control characters written as `\\u{…}`, so that a name in a file cannot move the
  /// cursor, change colours or break a line of a terminal.
  public var escapingControls: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    return unicodeScalars.reduce(into: "") { text, scalar in
      guard scalar.properties.generalCategory == .control else {
        text.unicodeScalars.append(scalar)
        return
      }
      text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }
}
