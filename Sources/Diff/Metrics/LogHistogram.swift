import CKernels

/// Counts of values that are not negative, in bins that are as wide as their values are large.
///
/// A bin holds the values that agree in exponent and in the first six bits of the mantissa. Counts
/// add up, so that the parts of a whole may be counted in any order.
struct LogHistogram: Sendable, Equatable {
  /// The place of what is not finite, behind all other bins.
  static let lastBin = Int(LETHE_SKETCH_LAST_BIN)
  /// How far a quantile may be from the value of its rank, as a part of that value; what is below
  /// the smallest normal 32-bit float may be off by as much as that float.
  static let relativeError = power(-Int(LETHE_SKETCH_MANTISSA_BITS) - 1)

  /// The bin of the first of ``counts``.
  private(set) var firstBin = 0
  /// How many values each bin holds, from the first that holds one to the last.
  private(set) var counts: [Int64] = []

  /// Counts of nothing.
  init() {}

  /// The counts of all bins, of which those at the ends may be zero.
  init(counts: [Int64]) {
    guard let first = counts.firstIndex(where: { $0 > 0 }),
      let last = counts.lastIndex(where: { $0 > 0 })
    else { return }
    firstBin = first
    self.counts = Array(counts[first...last])
  }

  /// How many values there are, those that are not finite among them.
  var total: Int { Int(counts.reduce(0, +)) }

  /// How many values are in the last bin, that of what is not finite.
  var nonFiniteCount: Int {
    firstBin + counts.count == Self.lastBin + 1 ? Int(counts[counts.count - 1]) : 0
  }

  /// Adds the counts of other values.
  mutating func add(_ other: LogHistogram) {
    guard !other.counts.isEmpty else { return }
    guard !counts.isEmpty else {
      self = other
      return
    }
    let first = min(firstBin, other.firstBin)
    let end = max(firstBin + counts.count, other.firstBin + other.counts.count)
    if end - first > counts.count {
      counts =
        Array(repeating: 0, count: firstBin - first) + counts
        + Array(repeating: 0, count: end - firstBin - counts.count)
      firstBin = first
    }
    for (offset, count) in other.counts.enumerated() {
      counts[other.firstBin - first + offset] += count
    }
  }

  /// The value of a rank, counted from 0 for the smallest, within ``relativeError``; `nil` where it
  /// is not finite or there is none.
  func value(ofRank rank: Int) -> Double? {
    var below: Int64 = 0
    for (offset, count) in counts.enumerated() {
      below += count
      guard rank < below else { continue }
      return Self.value(ofBin: firstBin + offset)
    }
    return nil
  }

  /// What stands for the values of a bin: equally far, as a part of them, from its two ends.
  static func value(ofBin bin: Int) -> Double? {
    guard bin > 0 else { return 0 }
    guard bin < lastBin else { return nil }
    let (start, end) = (lowerBound(of: bin), lowerBound(of: bin + 1))
    return bin == 1 ? start : 2 * start * end / (start + end)
  }

  private static func lowerBound(of bin: Int) -> Double {
    // The bound of the last bin is beyond what 32 bits hold.
    let mantissaBits = Int(LETHE_SKETCH_MANTISSA_BITS)
    let (exponent, mantissa) = bin.quotientAndRemainder(dividingBy: 1 << mantissaBits)
    guard exponent > 0 else { return Double(mantissa) * power(-126 - mantissaBits) }
    return Double(mantissa + (1 << mantissaBits)) * power(exponent - 127 - mantissaBits)
  }

  private static func power(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}
