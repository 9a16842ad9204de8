/// Whether two checkpoints answer the same items equally well: McNemar's test of the items that one
/// has right and the other wrong.
public struct McNemarTest: Sendable, Equatable {
  /// Items that only the first has right.
  public let lostCount: Int
  /// Items that only the second has right.
  public let gainedCount: Int
  /// The exact two-sided p-value: how probable at least so uneven a split of these items is, if
  /// either side is equally likely.
  public let pValue: Double
  /// The mid-p value: the exact one with half of the observed split on either side, which is less
  /// conservative.
  public let midPValue: Double

  /// Tests two counts.
  ///
  /// - Parameters:
  ///   - lostCount: Items that only the first has right.
  ///   - gainedCount: Items that only the second has right.
  /// - Complexity: O(`lostCount` + `gainedCount`).
  public init(lostCount: Int, gainedCount: Int) {
    precondition(lostCount >= 0 && gainedCount >= 0, "counts are not negative")
    self.lostCount = lostCount
    self.gainedCount = gainedCount
    let total = lostCount + gainedCount
    let fewer = min(lostCount, gainedCount)
    let observed = Self.probability(of: fewer, outOf: total)
    // From the largest term down, so that what is far out is added last and may vanish.
    var tail = 0.0
    var term = observed
    for count in stride(from: fewer, through: 0, by: -1) {
      tail += term
      term *= Double(count) / Double(total - count + 1)
    }
    pValue = min(1, 2 * tail)
    midPValue = min(1, 2 * tail - observed)
  }

  /// The probability of a count of heads among tosses of a fair coin.
  private static func probability(of count: Int, outOf total: Int) -> Double {
    var probability = 1.0
    var halvings = total
    for step in stride(from: 1, through: count, by: 1) {
      probability *= Double(total - count + step) / Double(step)
      // Halved as it grows: neither the number of ways nor 2⁻ⁿ need fit by itself.
      while probability > 1, halvings > 0 {
        probability /= 2
        halvings -= 1
      }
    }
    return Double(sign: .plus, exponent: -halvings, significand: probability)
  }
}
