/// How surprising a correlation is if the pairing of the two series were arbitrary.
///
/// Two-sided: of all orders of `y` against `x`, the share whose correlation is at least as far from
/// zero as the observed one (within ``tolerance``, so that equal values that differ by rounding
/// count). The observed order is one of them, so the p-value is never 0.
public struct PermutationTest: Sendable, Equatable {
  /// The observed correlation.
  public let coefficient: Double
  /// The share of orders at least as extreme as the observed one.
  public let pValue: Double
  /// The smallest p-value that any pairing of these values could have reached.
  ///
  /// With *n* pairs without ties it is 2/*n*! for Spearman's. From drawn orders it is
  /// 1 / (``orderCount`` + 1), the resolution.
  public let smallestPValue: Double
  /// How many orders were looked at.
  public let orderCount: Int
  /// The seed of the drawn orders; `nil` where every order was looked at.
  public let seed: UInt64?

  /// Up to this many pairs, all orders are looked at: 8! = 40,320.
  public static let exactLimit = 8
  /// How many orders are drawn where there are more pairs.
  public static let drawCount = 20_000
  /// The distance within which two coefficients count as equal.
  public static let tolerance = 1e-12

  /// Tests a correlation; `nil` where the coefficient does not exist.
  ///
  /// Up to ``exactLimit`` pairs every order is looked at, by Heap's algorithm. Beyond, orders are
  /// drawn and the observed one is added: (extreme + 1) / (drawn + 1).
  ///
  /// - Parameters:
  ///   - kind: Which coefficient.
  ///   - x: The first value of each pair.
  ///   - y: The second value of each pair.
  ///   - seed: Where drawn orders start; the same seed gives the same p-value.
  /// - Complexity: O(*n*!) up to the limit, O(*n* · ``drawCount``) beyond.
  public init?(_ kind: CorrelationKind, _ x: [Double], _ y: [Double], seed: UInt64 = 1) {
    precondition(x.count == y.count, "a permutation test needs pairs")
    guard let observed = correlation(kind, x, y), let u = unitVector(kind, x),
      let v = unitVector(kind, y)
    else { return nil }
    coefficient = observed
    if x.count <= Self.exactLimit {
      let all = Self.coefficientsOfAllOrders(u, v)
      let largest = all.max() ?? 0
      orderCount = all.count
      self.seed = nil
      pValue = Self.share(of: all, reaching: abs(observed))
      smallestPValue = Self.share(of: all, reaching: largest)
    } else {
      let extreme = Self.extremeDraws(u, v, reaching: abs(observed), seed: seed)
      orderCount = Self.drawCount
      self.seed = seed
      pValue = Double(extreme + 1) / Double(Self.drawCount + 1)
      smallestPValue = 1 / Double(Self.drawCount + 1)
    }
  }

  private static func share(of coefficients: [Double], reaching bound: Double) -> Double {
    let count = coefficients.count { $0 >= bound - tolerance }
    return Double(count) / Double(coefficients.count)
  }

  /// The absolute coefficient of every order of `v` against `u`: Heap's algorithm (1963), in its
  /// form without recursion.
  private static func coefficientsOfAllOrders(_ u: [Double], _ v: [Double]) -> [Double] {
    var order = v
    var counters = [Int](repeating: 0, count: v.count)
    var coefficients = [abs(dot(u, order))]
    var level = 1
    while level < v.count {
      if counters[level] < level {
        order.swapAt(level.isMultiple(of: 2) ? 0 : counters[level], level)
        coefficients.append(abs(dot(u, order)))
        counters[level] += 1
        level = 1
      } else {
        counters[level] = 0
        level += 1
      }
    }
    return coefficients
  }

  private static func extremeDraws(
    _ u: [Double], _ v: [Double], reaching bound: Double, seed: UInt64
  ) -> Int {
    var generator = SeededGenerator(seed: seed)
    var order = v
    var extreme = 0
    for _ in 0..<drawCount {
      order.shuffle(using: &generator)
      if abs(dot(u, order)) >= bound - tolerance { extreme += 1 }
    }
    return extreme
  }
}
