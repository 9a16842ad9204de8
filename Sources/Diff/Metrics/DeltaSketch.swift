/// How the deltas of pairs (b, o) are spread: counts of |o − b| and of |o − b| / |b|.
///
/// Where o = b the quotient is zero, whatever b; else it is infinite for b = 0.
struct DeltaSketch: Sendable, Equatable {
  /// Counts of |o − b|.
  private(set) var deltas = LogHistogram()
  /// Counts of |o − b| / |b|.
  private(set) var quotients = LogHistogram()

  /// The sketch of no pairs.
  init() {}

  init(deltas: LogHistogram, quotients: LogHistogram) {
    self.deltas = deltas
    self.quotients = quotients
  }

  /// Adds other pairs.
  mutating func append(_ next: DeltaSketch) {
    deltas.add(next.deltas)
    quotients.add(next.quotients)
  }

  /// How many pairs hold a NaN or an infinity, or are further apart than 32-bit floats can say; no
  /// quantile counts them.
  var nonFiniteCount: Int { deltas.nonFiniteCount }

  /// Adds sketches to those of the same comparisons.
  static func add(_ parts: [DeltaSketch?], to sketches: inout [DeltaSketch?]) {
    for (index, part) in parts.enumerated() {
      if let part { sketches[index]?.append(part) }
    }
  }
}
