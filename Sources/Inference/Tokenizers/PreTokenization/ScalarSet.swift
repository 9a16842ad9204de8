/// A set of scalars, as a regular expression writes it.
struct ScalarSet: Sendable {
  /// One part of a set, which is the union of its parts.
  private struct Term: Sendable {
    var categories: ScalarCategories = []
    var ranges: [ClosedRange<UInt32>] = []
    var hasWhitespace = false
    var hasWords = false
    var inner: [ScalarSet] = []
    var isNegated = false
  }

  private var terms: [Term] = []
  /// The terms' answers for ASCII, made once.
  private var ascii: [Bool] = []

  /// The empty set.
  init() {}

  /// Adds scalars.
  mutating func add(_ range: ClosedRange<UInt32>) { terms.append(Term(ranges: [range])) }

  /// Adds scalars by their categories, or all others.
  mutating func add(_ categories: ScalarCategories, isNegated: Bool = false) {
    terms.append(Term(categories: categories, isNegated: isNegated))
  }

  /// Adds white space (`\s`), or everything else (`\S`).
  mutating func addWhitespace(isNegated: Bool) {
    terms.append(Term(hasWhitespace: true, isNegated: isNegated))
  }

  /// Adds what words consist of (`\w`), or everything else (`\W`).
  mutating func addWords(isNegated: Bool) {
    terms.append(Term(hasWords: true, isNegated: isNegated))
  }

  /// Adds another set.
  mutating func add(_ other: ScalarSet) { terms.append(Term(inner: [other])) }

  /// The set of all scalars that are not in this one.
  var inverted: ScalarSet {
    var result = ScalarSet()
    result.terms = [Term(inner: [self], isNegated: true)]
    return result.prepared
  }

  /// The set with its answers for ASCII made.
  var prepared: ScalarSet {
    var result = self
    result.ascii = (0..<128).map { computeContains($0, .shared) }
    return result
  }

  /// Whether a scalar is in the set.
  @inline(__always)
  func contains(_ value: UInt32, _ table: ScalarTable) -> Bool {
    value < 128 ? ascii[Int(value)] : computeContains(value, table)
  }

  private func computeContains(_ value: UInt32, _ table: ScalarTable) -> Bool {
    let entry = table[value]
    for term in terms {
      let isIn =
        entry.isIn(term.categories) || (term.hasWhitespace && entry.isWhitespace)
        || (term.hasWords && entry.isWord) || term.ranges.contains { $0.contains(value) }
        || term.inner.contains { $0.computeContains(value, table) }
      if isIn != term.isNegated { return true }
    }
    return false
  }
}
