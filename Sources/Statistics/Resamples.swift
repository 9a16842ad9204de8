/// Draws with replacement of as many values as there are: all there are where they are few, each with its
/// probability, else drawn ones.
public struct Resamples: Sendable {
  /// How many values there are.
  public let length: Int
  /// The relative probability of each draw.
  public let weights: [Double]
  /// How often each value is drawn: ``length`` numbers for each draw.
  let counts: [Double]

  /// How many draws there are.
  public var count: Int { weights.count }

  /// Lists all draws, or draws some.
  ///
  /// - Parameters:
  ///   - length: How many values there are, at least one.
  ///   - limit: Up to this many different draws, all are listed; beyond, as many are drawn.
  ///   - seed: Where drawing starts.
  public init(length: Int, limit: Int, seed: UInt64) {
    self.length = length
    if Self.multisetCount(length, limit: limit) != nil {
      var rows: [[Double]] = []
      Self.list(length, left: length, [], into: &rows)
      counts = Array(rows.joined())
      weights = rows.map(Self.probability)
    } else {
      var generator = SeededGenerator(seed: seed)
      var counts = [Double](repeating: 0, count: length * limit)
      for draw in 0..<limit {
        for _ in 0..<length {
          counts[draw * length + Int.random(in: 0..<length, using: &generator)] += 1
        }
      }
      self.counts = counts
      weights = [Double](repeating: 1, count: limit)
    }
  }

  /// How many ways there are to draw *n* of *n* values, order aside: C(2*n* − 1, *n*); `nil` above a
  /// limit.
  private static func multisetCount(_ length: Int, limit: Int) -> Int? {
    var product = 1
    for step in 1...length {
      // Exact at each step: it is C(length − 1 + step, step).
      product = product * (length - 1 + step) / step
      if product > limit { return nil }
    }
    return product
  }

  private static func list(
    _ length: Int, left: Int, _ head: [Double], into rows: inout [[Double]]
  ) {
    guard head.count < length - 1 else { return rows.append(head + [Double(left)]) }
    for own in 0...left { list(length, left: left - own, head + [Double(own)], into: &rows) }
  }

  /// *n*! / Π *c*!, which the probability of a draw is proportional to.
  private static func probability(_ counts: [Double]) -> Double {
    var weight = 1.0
    for step in 1...counts.count { weight *= Double(step) }
    for count in counts where count > 1 {
      for step in 2...Int(count) { weight /= Double(step) }
    }
    return weight
  }

  /// The number of the draw that a number from 0 up to 1 falls on.
  func draw(at share: Double, cumulative: [Double]) -> Int {
    let bound = share * (cumulative.last ?? 0)
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > bound { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The sums of ``weights`` up to each draw.
  var cumulativeWeights: [Double] {
    var sum = 0.0
    return weights.map { weight in
      sum += weight
      return sum
    }
  }
}

/// The middle 95 % of weighted values: the smallest that at least 2.5 and 97.5 % of the weight are not
/// above; `nil` of no values, and where all agree.
func middleInterval(ascending values: [Double], weights: [Double]) -> ClosedRange<Double>? {
  let total = weights.reduce(0, +)
  func quantile(_ share: Double) -> Double? {
    var sum = 0.0
    for (value, weight) in zip(values, weights) {
      sum += weight
      if sum >= share * total * (1 - 1e-12) { return value }
    }
    return values.last
  }
  guard let low = quantile(0.025), let high = quantile(0.975), high - low > 1e-12 else {
    return nil
  }
  return low...high
}
