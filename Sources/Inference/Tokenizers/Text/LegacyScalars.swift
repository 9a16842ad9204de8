/// What the scalars are to the parts of `tokenizers` that were made with old Unicode tables.
enum LegacyScalars {
  /// The Unicode version of BERT's marks, punctuation and control characters.
  private static let bertVersion = 8
  /// The Unicode version of the normal forms.
  static let formVersion = 9

  /// Whether a scalar is punctuation, or a symbol of ASCII.
  static func isPunctuation(_ value: UInt32) -> Bool {
    if value < 128 {
      return (0x21...0x2F).contains(value) || (0x3A...0x40).contains(value)
        || (0x5B...0x60).contains(value) || (0x7B...0x7E).contains(value)
    }
    // Punctuation then, a symbol and a mark now.
    return isIn(.punctuation, value) || value == 0x166D || value == 0x111C9
  }

  /// Whether a scalar is a mark without width, which BERT's accents are.
  static func isNonspacingMark(_ value: UInt32) -> Bool {
    switch value {
    // Marks of another kind now.
    case 0x1734, 0x1171E: true
    // Letters, a spacing mark and punctuation then.
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false
    default: isIn(ScalarCategories(.nonspacingMark), value)
    }
  }

  /// Whether BERT's cleaning removes a scalar.
  static func isControl(_ value: UInt32) -> Bool {
    isIn(
      [ScalarCategories(.control), ScalarCategories(.format), ScalarCategories(.privateUse)], value)
  }

  /// Whether a scalar is a combining mark.
  static func isMark(_ value: UInt32) -> Bool {
    switch value {
    // Marks then, letters now.
    case 0x1CF2, 0x1CF3: true
    // Punctuation then.
    case 0x111C9: false
    default: isIn(.marks, value, version: formVersion)
    }
  }

  private static func isIn(
    _ categories: ScalarCategories, _ value: UInt32, version: Int = bertVersion
  ) -> Bool {
    guard let properties = Unicode.Scalar(value)?.properties,
      categories.contains(ScalarCategories(properties.generalCategory)), let age = properties.age
    else { return false }
    return age.major < version || (age.major == version && age.minor == 0)
  }
}
