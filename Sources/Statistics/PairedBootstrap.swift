public import Core

/// How a statistic of items varies if other items of the same kind had been asked: items are drawn
/// with replacement, as many as there are, again and again.
///
/// What is drawn may be items or whole clusters of them, within strata that keep their sizes. A
/// statistic is a function of sums over items, so that a draw only adds.
public struct PairedBootstrap: Sendable {
  /// What is drawn together: the sums over an item, or over the items of a cluster.
  public typealias Unit = [Double]

  /// What came of all draws.
  public struct Result: Sendable, Equatable {
    /// The 95 % percentile interval: what 2.5 % of draws are below and above, between neighbours
    /// interpolated linearly.
    public let interval: ClosedRange<Double>
    /// The standard deviation of the draws.
    public let standardError: Double
  }

  /// How many draws are made.
  public static let drawCount = 10_000
  /// Where drawing starts.
  public static let seed: UInt64 = 1
  private static let chunkSize = 250

  private let strata: [[Unit]]

  /// Takes the units of each stratum; each stratum has one, and all units have equally many sums.
  public init(strata: [[Unit]]) {
    precondition(strata.allSatisfy { !$0.isEmpty }, "a stratum has something to draw")
    self.strata = strata
  }

  /// Joins the items of each cluster to one unit; the clusters come in the order of their numbers.
  public init(items: [Unit], clusters: [Int]) {
    self.init(strata: [clusterSums(items, clusters)])
  }

  /// Draws again and again.
  ///
  /// Every 250 draws have a generator of their own, so the result does not depend on threads.
  ///
  /// - Parameters:
  ///   - workGroup: The threads.
  ///   - statistic: Makes a difference of the sums of each stratum.
  /// - Returns: What came of it; `nil` where a draw has no finite value.
  public func result(
    workGroup: WorkGroup, statistic: @Sendable ([[Double]]) -> Double
  ) -> Result? {
    let values = draws(workGroup: workGroup, statistic).sorted()
    guard values.allSatisfy(\.isFinite), let deviation = sampleStandardDeviation(values) else {
      return nil
    }
    return Result(
      interval: Self.quantile(values, 0.025)...Self.quantile(values, 0.975),
      standardError: deviation)
  }

  /// Makes something of every draw, in their order.
  ///
  /// - Parameters:
  ///   - workGroup: The threads; the same comes of any number.
  ///   - body: Makes something of the sums of each stratum.
  /// - Returns: One value for each of ``drawCount`` draws.
  public func draws<Value: Sendable>(
    workGroup: WorkGroup, _ body: @Sendable ([[Double]]) -> Value
  ) -> [Value] {
    let width = strata.first?.first?.count ?? 0
    // Flat: a draw must not chase an array for each item.
    let tables = strata.map { Array($0.joined()) }
    let chunks = try? workGroup.map(Self.drawCount / Self.chunkSize) { chunk in
      var generator = SeededGenerator(seed: Self.seed &+ UInt64(chunk))
      return (0..<Self.chunkSize).map { _ in
        body(tables.map { Self.draw($0, width, &generator) })
      }
    }
    return (chunks ?? []).flatMap(\.self)
  }

  /// The 95 % percentile interval of draws; `nil` of none, or where one is not finite.
  public static func interval(of draws: [Double]) -> ClosedRange<Double>? {
    let sorted = draws.sorted()
    guard !sorted.isEmpty, draws.allSatisfy(\.isFinite) else { return nil }
    return quantile(sorted, 0.025)...quantile(sorted, 0.975)
  }

  private static func draw(
    _ table: [Double], _ width: Int, _ generator: inout SeededGenerator
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    let count = UInt64(table.count / max(1, width))
    for _ in 0..<count {
      // The high word of the product: off from even by less than count / 2⁶⁴.
      let start = Int(generator.next().multipliedFullWidth(by: count).high) * width
      for place in 0..<width { sums[place] += table[start + place] }
    }
    return sums
  }

  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }
}
