import Foundation

/// The standard normal distribution.
public enum NormalDistribution {
  /// The value that 97.5 % are below: the half-width of a 95 % interval in standard errors.
  public static let quantile975 = 1.959963984540054
  /// The value that 80 % are below.
  public static let quantile80 = 0.8416212335729143

  /// How probable a value at least so far from 0 is, to either side.
  public static func twoSidedPValue(_ value: Double) -> Double {
    erfc(abs(value) / 2.0.squareRoot())
  }
}

/// Wilson's 95 % interval of a share: it stays within 0...1 and holds up for few items and for shares
/// near the ends.
///
/// - Parameters:
///   - count: How many of the items have what is counted.
///   - total: How many items there are, at least one.
/// - Returns: The ends of the interval.
public func wilsonInterval(of count: Double, outOf total: Int) -> ClosedRange<Double> {
  let size = Double(total)
  let share = count / size
  let z = NormalDistribution.quantile975
  let center = share + z * z / (2 * size)
  let width = z * (share * (1 - share) / size + z * z / (4 * size * size)).squareRoot()
  let scale = 1 + z * z / size
  return max(0, (center - width) / scale)...min(1, (center + width) / scale)
}
