import Foundation

/// How scalars decompose and compose, from Foundation's tables as far as Unicode 9 has them.
struct NormalFormTables: Sendable {
  /// What the normal forms do to a scalar.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8

    /// It decomposes canonically.
    static let decomposes = Traits(rawValue: 1)
    /// Its compatible decomposition is another one than the canonical.
    static let isCompatible = Traits(rawValue: 2)
    /// It never results from composing.
    static let isExcluded = Traits(rawValue: 4)
    /// It can join the scalar before it.
    static let joins = Traits(rawValue: 8)
    /// It has a combining class.
    static let combines = Traits(rawValue: 16)
  }

  /// The tables; making them takes some milliseconds, once.
  static let shared = NormalFormTables()

  /// Where scalars that decompose are, the syllables of Hangul apart.
  private static let decomposing: [ClosedRange<UInt32>] = [
    0xA0...0x33FF, 0xA640...0xABFF, 0xF900...0xFFFF, 0x10000...0x12FFF, 0x1D000...0x1D7FF,
    0x1EE00...0x1EEFF, 0x1F100...0x1F2FF, 0x2F800...0x2FA1F,
  ]

  private var canonical: [UInt32: [UInt32]] = [:]
  private var compatible: [UInt32: [UInt32]] = [:]
  private var composites: [UInt64: UInt32] = [:]
  private var joining: Set<UInt32> = []
  private var basicPlane: [UInt8] = []

  private init() {
    for range in Self.decomposing { readDecompositions(range) }
    for (value, parts) in canonical.sorted(by: {
      ($0.value.count, $0.key) < ($1.value.count, $1.key)
    })
    where parts.count > 1 && Unicode.Scalar(value)?.properties.isFullCompositionExclusion == false {
      let first = parts.dropLast().dropFirst().reduce(parts[0]) {
        composites[Self.key($0, $1)] ?? $0
      }
      composites[Self.key(first, parts[parts.count - 1])] = value
      joining.insert(parts[parts.count - 1])
    }
    basicPlane = (0..<0x1_0000).map { computeTraits(of: UInt32($0)).rawValue }
  }

  private mutating func readDecompositions(_ range: ClosedRange<UInt32>) {
    let scalars = range.compactMap(Unicode.Scalar.init).filter(Self.isKnown)
    // A line end decomposes to itself and joins nothing, so many scalars are asked for at once.
    var text = String.UnicodeScalarView()
    for scalar in scalars {
      text.append(scalar)
      text.append("\n")
    }
    let whole = String(text)
    canonical.merge(Self.parts(whole.decomposedStringWithCanonicalMapping, scalars)) { $1 }
    compatible.merge(Self.parts(whole.decomposedStringWithCompatibilityMapping, scalars)) { $1 }
  }

  /// What scalars decompose to, read from their decompositions on lines of their own.
  private static func parts(
    _ lines: String, _ scalars: [Unicode.Scalar]
  ) -> [UInt32: [UInt32]] {
    var result: [UInt32: [UInt32]] = [:]
    var index = 0
    var parts: [UInt32] = []
    for part in lines.unicodeScalars {
      guard part == "\n" else {
        parts.append(part.value)
        continue
      }
      if parts != [scalars[index].value] { result[scalars[index].value] = parts }
      parts = []
      index += 1
    }
    return result
  }

  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return age.major < LegacyScalars.formVersion
      || (age.major == LegacyScalars.formVersion && age.minor == 0)
  }

  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  /// What the normal forms do to a scalar.
  func traits(of value: UInt32) -> Traits {
    value < 0x1_0000 ? Traits(rawValue: basicPlane[Int(value)]) : computeTraits(of: value)
  }

  private func computeTraits(of value: UInt32) -> Traits {
    var traits: Traits = []
    if Hangul.syllables.contains(value) { return .decomposes }
    if Hangul.vowels.contains(value) || Hangul.tails.contains(value) { traits.insert(.joins) }
    if let parts = canonical[value] {
      traits.insert(.decomposes)
      if parts.count == 1
        || Unicode.Scalar(value)?.properties.isFullCompositionExclusion == true
      {
        traits.insert(.isExcluded)
      }
    }
    if compatible[value] != canonical[value] { traits.insert(.isCompatible) }
    if joining.contains(value) { traits.insert(.joins) }
    if combiningClass(of: value) != 0 { traits.insert(.combines) }
    return traits
  }

  /// The combining class of a scalar: 0 for one that stands by itself.
  func combiningClass(of value: UInt32) -> UInt8 {
    guard value >= 0x300, let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { return 0 }
    return scalar.properties.canonicalCombiningClass.rawValue
  }

  /// Calls a closure with each scalar of a decomposition.
  func decompose(_ value: UInt32, isCompatible: Bool, _ body: (UInt32) -> Void) {
    if Hangul.syllables.contains(value) {
      Hangul.decompose(value, body)
    } else if let parts = isCompatible ? compatible[value] : canonical[value] {
      parts.forEach(body)
    } else {
      body(value)
    }
  }

  /// The scalar that two neighbours make, if there is one.
  func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.composite(first, second) ?? composites[Self.key(first, second)]
  }
}

/// The syllables of Hangul, which compose by arithmetic.
private enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
  static let leads: Range<UInt32> = 0x1100..<0x1113
  static let vowels: Range<UInt32> = 0x1161..<0x1176
  static let tails: Range<UInt32> = 0x11A8..<0x11C3
  private static let tailCount: UInt32 = 28
  private static let vowelCount: UInt32 = 21

  static func decompose(_ value: UInt32, _ body: (UInt32) -> Void) {
    let index = value - syllables.lowerBound
    body(leads.lowerBound + index / (vowelCount * tailCount))
    body(vowels.lowerBound + index % (vowelCount * tailCount) / tailCount)
    if index % tailCount != 0 { body(tails.lowerBound - 1 + index % tailCount) }
  }

  static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if leads.contains(first), vowels.contains(second) {
      let lead = first - leads.lowerBound
      return syllables.lowerBound
        + (lead * vowelCount + second - vowels.lowerBound) * tailCount
    }
    if syllables.contains(first), (first - syllables.lowerBound) % tailCount == 0,
      tails.contains(second)
    {
      return first + second - tails.lowerBound + 1
    }
    return nil
  }
}
