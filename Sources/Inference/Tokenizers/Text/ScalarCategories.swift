/// A set of Unicode's general categories.
struct ScalarCategories: OptionSet, Sendable, Hashable {
  let rawValue: UInt32

  /// Creates a set from its bits.
  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The set of one category.
  init(_ category: Unicode.GeneralCategory) { self.init(rawValue: 1 << Self.index(of: category)) }

  static let letters: Self = [
    Self(.uppercaseLetter), Self(.lowercaseLetter), Self(.titlecaseLetter), Self(.modifierLetter),
    Self(.otherLetter),
  ]
  static let marks: Self = [Self(.nonspacingMark), Self(.spacingMark), Self(.enclosingMark)]
  static let numbers: Self = [Self(.decimalNumber), Self(.letterNumber), Self(.otherNumber)]
  static let punctuation: Self = [
    Self(.connectorPunctuation), Self(.dashPunctuation), Self(.openPunctuation),
    Self(.closePunctuation), Self(.initialPunctuation), Self(.finalPunctuation),
    Self(.otherPunctuation),
  ]
  static let symbols: Self = [
    Self(.mathSymbol), Self(.currencySymbol), Self(.modifierSymbol), Self(.otherSymbol),
  ]
  static let separators: Self = [
    Self(.spaceSeparator), Self(.lineSeparator), Self(.paragraphSeparator),
  ]
  static let others: Self = [
    Self(.control), Self(.format), Self(.surrogate), Self(.privateUse), Self(.unassigned),
  ]

  /// The set that a regular expression writes `\p{name}`; `nil` for a name that is not known.
  init?(named name: String) {
    guard let set = Self.names[name] else { return nil }
    self = set
  }

  private static let names: [String: Self] = [
    "L": letters, "M": marks, "N": numbers, "P": punctuation, "S": symbols, "Z": separators,
    "C": others, "Lu": Self(.uppercaseLetter), "Ll": Self(.lowercaseLetter),
    "Lt": Self(.titlecaseLetter), "Lm": Self(.modifierLetter), "Lo": Self(.otherLetter),
    "Mn": Self(.nonspacingMark), "Mc": Self(.spacingMark), "Me": Self(.enclosingMark),
    "Nd": Self(.decimalNumber), "Nl": Self(.letterNumber), "No": Self(.otherNumber),
    "Pc": Self(.connectorPunctuation), "Pd": Self(.dashPunctuation), "Ps": Self(.openPunctuation),
    "Pe": Self(.closePunctuation), "Pi": Self(.initialPunctuation), "Pf": Self(.finalPunctuation),
    "Po": Self(.otherPunctuation), "Sm": Self(.mathSymbol), "Sc": Self(.currencySymbol),
    "Sk": Self(.modifierSymbol), "So": Self(.otherSymbol), "Zs": Self(.spaceSeparator),
    "Zl": Self(.lineSeparator), "Zp": Self(.paragraphSeparator), "Cc": Self(.control),
    "Cf": Self(.format), "Co": Self(.privateUse),
  ]

  /// A category's number, from 0 to 29.
  static func index(of category: Unicode.GeneralCategory) -> UInt32 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
