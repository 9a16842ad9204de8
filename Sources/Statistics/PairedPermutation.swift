public import Core

/// Whether two checkpoints differ, by a test that assumes nothing of the scores: if they did not, who
/// gave which answer would be arbitrary.
///
/// The p-value is the share of all ways to swap the two within units whose statistic is at least as
/// far from 0 as the observed one. A unit is an item, or a cluster of items that must be swapped
/// together. With up to 2^13 ways all are looked at; beyond, ways are drawn and the observed one is
/// counted with them.
public struct PairedPermutation: Sendable {
  /// The sums over an item or cluster: those of the first, then as many of the second.
  public typealias Unit = [Double]

  /// How many ways are drawn where there are more.
  public static let drawCount = 10_000
  /// Where drawing starts.
  public static let seed: UInt64 = 1
  /// Up to this many units every way is looked at.
  public static let exactLimit = 13
  private static let chunkSize = 250
  /// The relative distance within which two statistics count as equal.
  private static let tolerance = 1e-12

  private let strata: [[Unit]]

  /// Takes the units of each stratum.
  public init(strata: [[Unit]]) { self.strata = strata }

  /// Joins the items of each cluster to one unit.
  public init(items: [Unit], clusters: [Int]) {
    strata = [clusterSums(items, clusters)]
  }

  /// Tests a statistic.
  ///
  /// - Parameters:
  ///   - workGroup: The threads; the result does not depend on them.
  ///   - statistic: Makes a difference of the sums of each stratum; it changes its sign where all
  ///     units are swapped.
  /// - Returns: The two-sided p-value; `nil` where a way has no finite statistic.
  public func pValue(
    workGroup: WorkGroup, statistic: @Sendable ([[Double]]) -> Double
  ) -> Double? {
    let count = strata.reduce(0) { $0 + $1.count }
    let observed = abs(statistic(sums { 0 }))
    guard count > 0, observed.isFinite else { return nil }
    let bound = observed - Self.tolerance * max(observed, 1e-300)
    let isExact = count <= Self.exactLimit
    let ways = isExact ? 1 << count : Self.drawCount
    let chunks = try? workGroup.map((ways + Self.chunkSize - 1) / Self.chunkSize) { chunk in
      var generator = SeededGenerator(seed: Self.seed &+ UInt64(chunk))
      let own = chunk * Self.chunkSize..<min(ways, (chunk + 1) * Self.chunkSize)
      return own.map { way in
        abs(statistic(isExact ? sums { UInt64(way) } : sums { generator.next() }))
      }
    }
    let values = (chunks ?? []).flatMap(\.self)
    guard values.allSatisfy(\.isFinite) else { return nil }
    let extreme = values.count { $0 >= bound }
    return isExact
      ? Double(extreme) / Double(ways) : Double(extreme + 1) / Double(Self.drawCount + 1)
  }

  /// The sums of each stratum where units are swapped whose bit is set; bits come 64 at a time.
  private func sums(_ bits: () -> UInt64) -> [[Double]] {
    var word: UInt64 = 0
    var left = 0
    return strata.map { units in
      let width = units.first?.count ?? 0
      let half = width / 2
      var sums = [Double](repeating: 0, count: width)
      for unit in units {
        if left == 0 { (word, left) = (bits(), 64) }
        let shift = word & 1 == 0 ? 0 : half
        (word, left) = (word >> 1, left - 1)
        for place in 0..<half {
          sums[place] += unit[place + shift]
          sums[place + half] += unit[place + half - shift]
        }
      }
      return sums
    }
  }
}

/// The sums over the items of each cluster, in the order of the clusters' numbers.
public func clusterSums(_ items: [[Double]], _ clusters: [Int]) -> [[Double]] {
  var units: [Int: [Double]] = [:]
  for (item, cluster) in zip(items, clusters) {
    guard var sums = units[cluster] else {
      units[cluster] = item
      continue
    }
    for place in item.indices { sums[place] += item[place] }
    units[cluster] = sums
  }
  return units.sorted { $0.key < $1.key }.map(\.value)
}
