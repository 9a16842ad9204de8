/// Gives each token a number, so that tokens are compared by their bytes and n-grams are numbers.
///
/// Swift's strings are equal where Unicode calls two spellings of a letter the same; a metric that
/// counts code points must tell them apart.
struct TokenNumbers {
  private var numbers: [[UInt8]: Int] = [:]

  /// The number of a token.
  mutating func number(of token: some StringProtocol) -> Int {
    let bytes = Array(token.utf8)
    if let number = numbers[bytes] { return number }
    numbers[bytes] = numbers.count
    return numbers.count - 1
  }

  /// The numbers of tokens, in their order.
  mutating func numbers(of tokens: some Sequence<some StringProtocol>) -> [Int] {
    tokens.map { number(of: $0) }
  }
}

/// How often each run of a length occurs in a series of numbers.
struct GramCounts {
  /// The count of each run.
  private(set) var counts: [ArraySlice<Int>: Int] = [:]

  /// Counts the runs of a length.
  init(_ tokens: [Int], length: Int) {
    guard tokens.count >= length else { return }
    for start in 0...(tokens.count - length) {
      counts[tokens[start..<start + length], default: 0] += 1
    }
  }

  /// How many runs there are, each as often as it occurs.
  var total: Int { counts.values.reduce(0, +) }

  /// How many runs two series share, each as often as it occurs in both.
  func shared(with other: GramCounts) -> Int {
    counts.reduce(0) { $0 + min($1.value, other.counts[$1.key] ?? 0) }
  }

  /// Takes each run's larger count of the two.
  mutating func formUnion(_ other: GramCounts) {
    counts.merge(other.counts, uniquingKeysWith: max)
  }
}
