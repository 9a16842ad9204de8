/// The mean difference of paired values, and how far it may be off.
public struct PairedDifference: Sendable, Equatable {
  /// The mean of the differences.
  public let mean: Double
  /// The standard error if the pairs are independent: sample standard deviation / √n; `nil` of one
  /// pair.
  public let standardError: Double?
  /// The standard error if only the clusters are independent; `nil` without clusters.
  ///
  /// It is √(Σ over clusters of (sum of its deviations from the mean)²) / n (Miller 2024,
  /// arXiv 2411.00640).
  public let clusteredStandardError: Double?

  /// Looks at differences.
  ///
  /// - Parameters:
  ///   - differences: One for each pair, at least one.
  ///   - clusters: The cluster of each pair; `nil` where all are independent.
  public init(_ differences: [Double], clusters: [Int]? = nil) {
    precondition(!differences.isEmpty, "a mean needs values")
    let count = Double(differences.count)
    let center = differences.reduce(0, +) / count
    mean = center
    standardError = sampleStandardDeviation(differences).map { $0 / count.squareRoot() }
    clusteredStandardError = clusters.map { clusters in
      precondition(clusters.count == differences.count, "each pair has a cluster")
      var sums: [Int: Double] = [:]
      for (cluster, difference) in zip(clusters, differences) {
        sums[cluster, default: 0] += difference - center
      }
      // In a fixed order: a dictionary's changes from run to run, and with it the last bits.
      let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
      return squares.squareRoot() / count
    }
  }

  /// By how much clusters widen the variance: 1 where they do not matter; `nil` without them.
  public var designEffect: Double? {
    guard let standardError, let clusteredStandardError, standardError > 0 else { return nil }
    let ratio = clusteredStandardError / standardError
    return ratio * ratio
  }
}
