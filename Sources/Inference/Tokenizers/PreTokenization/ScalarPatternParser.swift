/// Reads a regular expression into the steps of a ``ScalarPattern``.
struct ScalarPatternParser {
  /// What one alternative consists of, before its steps are linked.
  private indirect enum Item {
    case set(ScalarSet, counts: ClosedRange<Int>, isPossessive: Bool)
    case group([[Item]], isOptional: Bool)
    case lookahead([[Item]], isNegated: Bool)
    case lineEnd
    case lineStart
  }

  private var scalars: ArraySlice<Unicode.Scalar>
  private var foldsCase = false
  private var depth = 0
  /// How many groups and sets may lie inside each other.
  private static let depthLimit = 50
  private(set) var steps: [(step: ScalarPattern.Step, next: Int)] = []

  /// Creates a parser of an expression.
  init(_ source: String) { scalars = Array(source.unicodeScalars)[...] }

  /// Reads the expression.
  ///
  /// - Returns: The first step, or `nil` for an expression that asks for more than steps can do.
  mutating func parse() -> Int? {
    guard let alternatives = parseAlternatives(), scalars.isEmpty else { return nil }
    steps.append((.accept, 0))
    return link(alternatives, next: 0)
  }

  // MARK: Steps

  private mutating func link(_ alternatives: [[Item]], next: Int) -> Int {
    let ways = alternatives.map { items in
      items.reversed().reduce(next) { next, item in link(item, next: next) }
    }
    return ways.count == 1 ? ways[0] : add(.choice(ways), next: next)
  }

  private mutating func link(_ item: Item, next: Int) -> Int {
    switch item {
    case .set(let set, let counts, let isPossessive):
      return add(.set(set, counts: counts, isPossessive: isPossessive), next: next)
    case .group(let alternatives, let isOptional):
      let inner = link(alternatives, next: next)
      return isOptional ? add(.choice([inner, next]), next: next) : inner
    case .lookahead(let alternatives, let isNegated):
      // Step 0 accepts.
      return add(.lookahead(link(alternatives, next: 0), isNegated: isNegated), next: next)
    case .lineEnd: return add(.lineEnd, next: next)
    case .lineStart: return add(.lineStart, next: next)
    }
  }

  private mutating func add(_ step: ScalarPattern.Step, next: Int) -> Int {
    steps.append((step, next))
    return steps.count - 1
  }

  // MARK: Syntax

  private mutating func parseAlternatives() -> [[Item]]? {
    var alternatives: [[Item]] = [[]]
    while let scalar = scalars.first, scalar != ")" {
      if scalar == "|" {
        scalars.removeFirst()
        alternatives.append([])
        continue
      }
      guard let item = parseItem() else { return nil }
      alternatives[alternatives.count - 1].append(item)
    }
    return alternatives
  }

  private mutating func parseItem() -> Item? {
    switch scalars.first {
    case "(": return parseGroup()
    case "$":
      scalars.removeFirst()
      return .lineEnd
    case "^":
      scalars.removeFirst()
      return .lineStart
    default:
      guard let set = parseAtom() else { return nil }
      return parseCounts(of: set)
    }
  }

  private mutating func parseGroup() -> Item? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { return nil }
    scalars.removeFirst()
    let outerFoldsCase = foldsCase
    var lookahead: Bool?
    if take("?:") {
    } else if take("?i:") {
      foldsCase = true
    } else if take("?!") {
      lookahead = true
    } else if take("?=") {
      lookahead = false
    } else if scalars.first == "?" {
      return nil
    }
    guard let alternatives = parseAlternatives(), take(")") else { return nil }
    foldsCase = outerFoldsCase
    if let lookahead { return .lookahead(alternatives, isNegated: lookahead) }
    if take("?") {
      guard !startsQuantifier else { return nil }
      return .group(alternatives, isOptional: true)
    }
    guard !startsQuantifier else { return nil }
    return .group(alternatives, isOptional: false)
  }

  private var startsQuantifier: Bool {
    guard let scalar = scalars.first else { return false }
    return "?*+{".unicodeScalars.contains(scalar)
  }

  private mutating func take(_ text: String) -> Bool {
    guard scalars.starts(with: text.unicodeScalars) else { return false }
    scalars = scalars.dropFirst(text.unicodeScalars.count)
    return true
  }

  private mutating func parseCounts(of set: ScalarSet) -> Item? {
    var counts = 1...1
    var isBraced = false
    switch scalars.first {
    case "?": counts = 0...1
    case "*": counts = 0...Int.max
    case "+": counts = 1...Int.max
    case "{":
      guard let braced = parseBraces() else { return nil }
      counts = braced
      isBraced = true
    default: return .set(set, counts: counts, isPossessive: false)
    }
    if !isBraced { scalars.removeFirst() }
    guard take("+") else {
      return startsQuantifier ? nil : .set(set, counts: counts, isPossessive: false)
    }
    guard !startsQuantifier else { return nil }
    guard isBraced else { return .set(set, counts: counts, isPossessive: true) }
    // `{1,3}+` is a repeated `{1,3}`.
    guard counts.lowerBound <= 1 else { return nil }
    return .set(set, counts: counts.lowerBound...Int.max, isPossessive: false)
  }

  private mutating func parseBraces() -> ClosedRange<Int>? {
    guard let end = scalars.firstIndex(of: "}") else { return nil }
    let text = String(String.UnicodeScalarView(scalars[(scalars.startIndex + 1)..<end]))
    let bounds = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    scalars = scalars[(end + 1)...]
    switch bounds.count {
    case 1: return bounds[0].map { $0...$0 }
    case 2:
      guard let lower = bounds[0] else { return nil }
      let upper = text.hasSuffix(",") ? Int.max : bounds[1] ?? -1
      return lower <= upper ? lower...upper : nil
    default: return nil
    }
  }

  private mutating func parseAtom() -> ScalarSet? {
    var set = ScalarSet()
    guard let scalar = scalars.popFirst() else { return nil }
    switch scalar {
    case "[": return parseBrackets()?.prepared
    case "\\": guard addEscape(to: &set) else { return nil }
    case ".":
      set.add(0x0A...0x0A)
      return set.inverted
    case "?", "*", "+", "{", "}", "]": return nil
    default: addLiteral(scalar, to: &set)
    }
    return set.prepared
  }

  private func addLiteral(_ scalar: Unicode.Scalar, to set: inout ScalarSet) {
    set.add(scalar.value...scalar.value)
    guard foldsCase else { return }
    for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
      if let other = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1 {
        set.add(other.value...other.value)
      }
    }
    switch scalar {
    case "s", "S": set.add(0x17F...0x17F)
    case "k", "K": set.add(0x212A...0x212A)
    default: break
    }
  }

  /// Reads what follows a backslash; a single scalar is added as such.
  private mutating func addEscape(to set: inout ScalarSet) -> Bool {
    guard let scalar = scalars.popFirst() else { return false }
    switch scalar {
    case "s", "S": set.addWhitespace(isNegated: scalar == "S")
    case "w", "W": set.addWords(isNegated: scalar == "W")
    case "d", "D": set.add(ScalarCategories(.decimalNumber), isNegated: scalar == "D")
    case "p", "P":
      guard take("{"), let end = scalars.firstIndex(of: "}") else { return false }
      let isInverted = take("^")
      let name = String(String.UnicodeScalarView(scalars[scalars.startIndex..<end]))
      scalars = scalars[(end + 1)...]
      guard let categories = ScalarCategories(named: name) else { return false }
      set.add(categories, isNegated: (scalar == "P") != isInverted)
    default:
      guard let literal = literal(escaped: scalar) else { return false }
      addLiteral(literal, to: &set)
    }
    return true
  }

  private func literal(escaped scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "r": "\r"
    case "n": "\n"
    case "t": "\t"
    case "f": "\u{0C}"
    case "v": "\u{0B}"
    case "a"..."z", "A"..."Z", "0"..."9": nil
    default: scalar
    }
  }

  private mutating func parseBrackets() -> ScalarSet? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { return nil }
    let isNegated = take("^")
    var set = ScalarSet()
    var isFirst = true
    while let scalar = scalars.popFirst() {
      if scalar == "]", !isFirst { return isNegated ? set.inverted : set }
      isFirst = false
      switch scalar {
      case "[":
        guard scalars.first != ":", let inner = parseBrackets() else { return nil }
        set.add(inner)
      case "&" where scalars.first == "&": return nil
      case "\\":
        guard let next = scalars.first else { return nil }
        guard let literal = literal(escaped: next) else {
          guard addEscape(to: &set) else { return nil }
          continue
        }
        scalars.removeFirst()
        guard addRange(from: literal, to: &set) else { return nil }
      default:
        guard addRange(from: scalar, to: &set) else { return nil }
      }
    }
    return nil
  }

  /// Adds a scalar, or the range that it begins.
  private mutating func addRange(from first: Unicode.Scalar, to set: inout ScalarSet) -> Bool {
    guard scalars.first == "-", scalars.dropFirst().first != "]" else {
      addLiteral(first, to: &set)
      return true
    }
    scalars.removeFirst()
    guard var last = scalars.popFirst(), !foldsCase, last != "[" else { return false }
    if last == "\\" {
      guard let escaped = scalars.popFirst(), let literal = literal(escaped: escaped) else {
        return false
      }
      last = literal
    }
    guard first.value <= last.value else { return false }
    set.add(first.value...last.value)
    return true
  }
}
