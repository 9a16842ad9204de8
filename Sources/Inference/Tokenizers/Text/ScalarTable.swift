/// What the scalars are, as the regular expressions of `tokenizers` (Oniguruma) see them.
///
/// Those know Unicode 16; a scalar that came later is unassigned, whatever Swift's own tables say.
struct ScalarTable: Sendable {
  /// The table; making it takes some milliseconds, once.
  static let shared = ScalarTable()

  private static let unicodeVersion = 16
  private static let whitespaceBit: UInt8 = 0x20
  private static let wordBit: UInt8 = 0x40
  private static let plainWordBit: UInt8 = 0x80

  /// A scalar's description.
  struct Entry {
    fileprivate let bits: UInt8

    /// Whether the scalar is white space (`\s`).
    @inline(__always)
    var isWhitespace: Bool { bits & ScalarTable.whitespaceBit != 0 }

    /// Whether the scalar is part of a word (`\w`).
    var isWord: Bool { bits & ScalarTable.wordBit != 0 }

    /// Whether it is one to Rust's regular expressions, which some parts of `tokenizers` use.
    var isPlainWord: Bool { bits & ScalarTable.plainWordBit != 0 }

    /// Whether the scalar's category is in a set.
    @inline(__always)
    func isIn(_ categories: ScalarCategories) -> Bool {
      categories.rawValue >> UInt32(bits & 0x1F) & 1 != 0
    }
  }

  private let basicPlane: [UInt8]

  private init() {
    basicPlane = (0..<0x1_0000).map { Self.bits(of: UInt32($0)) }
  }

  /// The description of a scalar.
  @inline(__always)
  subscript(value: UInt32) -> Entry {
    Entry(bits: value < 0x1_0000 ? basicPlane[Int(value)] : Self.bits(of: value))
  }

  private static func bits(of value: UInt32) -> UInt8 {
    guard let scalar = Unicode.Scalar(value) else {
      return UInt8(ScalarCategories.index(of: .surrogate))
    }
    let properties = scalar.properties
    var category = properties.generalCategory
    if let age = properties.age, age.major > unicodeVersion { category = .unassigned }
    // A letter without case since Unicode 17.
    if value == 0x295 { category = .lowercaseLetter }
    var bits = UInt8(ScalarCategories.index(of: category))
    if properties.isWhitespace { bits |= whitespaceBit }
    if category != .unassigned, isWord(properties, category) { bits |= wordBit | plainWordBit }
    switch value {
    // Numbers of Latin-1 are words to Oniguruma alone.
    case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: bits |= wordBit
    // Joiners are words to the other alone.
    case 0x200C, 0x200D: bits |= plainWordBit
    default: break
    }
    return bits
  }

  private static func isWord(
    _ properties: Unicode.Scalar.Properties, _ category: Unicode.GeneralCategory
  ) -> Bool {
    switch category {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: properties.isAlphabetic
    }
  }
}
