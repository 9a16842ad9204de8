/// The smallest difference that a comparison could have shown: one that a two-sided test at the level
/// 0.05 finds with a probability of 80 %.
public enum DetectableDifference {
  /// Of the shares of right answers of two checkpoints on the same items.
  ///
  /// Connor's formula (1987) for McNemar's test, solved for the difference d:
  /// n d² = (z₀.₉₇₅ √p + z₀.₈ √(p − d²))², where p is the share of items that one checkpoint has right
  /// and the other wrong.
  ///
  /// - Parameters:
  ///   - count: How many items both answered.
  ///   - discordantCount: How many of them one has right and the other wrong.
  ///   - designEffect: By how much clusters widen the variance; they are worth n divided by it.
  /// - Returns: A difference from 0 to 1; `nil` where even all of these items to one side would not
  ///   have shown.
  public static func ofShares(
    count: Int, discordantCount: Int, designEffect: Double = 1
  ) -> Double? {
    let share = Double(discordantCount) / Double(count)
    let size = Double(count) / max(1, designEffect)
    func shortfall(_ difference: Double) -> Double {
      let square = difference * difference
      let needed =
        NormalDistribution.quantile975 * share.squareRoot()
        + NormalDistribution.quantile80 * max(0, share - square).squareRoot()
      return needed - size.squareRoot() * difference
    }
    // It falls as the difference grows, which cannot exceed the share.
    guard shortfall(share) <= 0, share > 0 else { return nil }
    var low = 0.0
    var high = share
    while case let middle = (low + high) / 2, low < middle, middle < high {
      if shortfall(middle) > 0 { low = middle } else { high = middle }
    }
    return high
  }

  /// Of anything with a standard error: (z₀.₉₇₅ + z₀.₈) standard errors.
  public static func ofMean(standardError: Double) -> Double {
    (NormalDistribution.quantile975 + NormalDistribution.quantile80) * standardError
  }
}
