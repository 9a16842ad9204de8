import Core
import Statistics

/// The scores of one metric of two checkpoints on the same items: what a comparison is computed from.
struct MetricPairs {
  /// What is added up for each item, the base's and then the other's, stratum by stratum.
  private let strata: [[PairedBootstrap.Unit]]
  private let aggregation: SumAggregation
  /// Whether strata count by their sizes, or all the same.
  private let isWeightedBySize: Bool
  /// The cluster of each item; `nil` where there are none.
  private let clusters: [Int]?
  /// Whether clusters are what items really share, not the tasks of a group.
  private let clustersDecide: Bool

  /// The items of one task; `nil` if one has no score.
  ///
  /// - Parameters:
  ///   - pairs: The items.
  ///   - place: The metric's place among the task's.
  ///   - aggregation: How one number is made of all.
  init?(_ pairs: [PairedSamples.Pair], place: Int, _ aggregation: SumAggregation) {
    var scores: [(ItemScore, ItemScore)] = []
    for pair in pairs {
      guard let base = pair.base.scores[place], let other = pair.other.scores[place] else {
        return nil
      }
      scores.append((base, other))
    }
    guard let classCount = Self.classCount(scores.flatMap { [$0.0, $0.1] }) else { return nil }
    let units = scores.compactMap { base, other -> PairedBootstrap.Unit? in
      guard let first = aggregation.terms(of: base, classCount: classCount),
        let second = aggregation.terms(of: other, classCount: classCount),
        (first + second).allSatisfy(\.isFinite)
      else { return nil }
      return first + second
    }
    guard units.count == pairs.count, !units.isEmpty else { return nil }
    strata = [units]
    self.aggregation = aggregation
    isWeightedBySize = true
    clusters = Sample.clusterNumbers(pairs.map(\.base.cluster))
    clustersDecide = true
  }

  /// The items of a group's tasks; `nil` if the metric of one is no mean.
  ///
  /// - Parameters:
  ///   - members: The items of each task.
  ///   - isWeightedBySize: Whether tasks count by their sizes.
  init?(group members: [MetricPairs], isWeightedBySize: Bool) {
    guard !members.isEmpty, members.allSatisfy({ $0.aggregation == .mean }) else { return nil }
    strata = members.flatMap(\.strata)
    aggregation = .mean
    self.isWeightedBySize = isWeightedBySize
    let numbers = members.enumerated().flatMap { number, member in
      member.strata.joined().map { _ in number }
    }
    clusters = members.count > 1 && isWeightedBySize ? numbers : nil
    clustersDecide = false
  }

  /// How many classes there are; `nil` for more than a table of each against each should hold.
  private static func classCount(_ scores: [ItemScore]) -> Int? {
    let largest = scores.reduce(0) { largest, score in
      guard case .classified(let gold, let prediction) = score else { return largest }
      return max(largest, gold, prediction)
    }
    return largest < 32 ? largest + 1 : nil
  }

  // MARK: Values

  private var units: [PairedBootstrap.Unit] { Array(strata.joined()) }

  /// Sums of each stratum.
  private var totals: [[Double]] {
    strata.map { stratum in
      stratum.dropFirst().reduce(into: stratum[0]) { sums, unit in
        for place in unit.indices { sums[place] += unit[place] }
      }
    }
  }

  /// The base's and the other's value of sums.
  private func values(_ sums: [[Double]]) -> (base: Double, other: Double) {
    Self.values(sums, aggregation, isWeightedBySize)
  }

  private static func values(
    _ sums: [[Double]], _ aggregation: SumAggregation, _ isWeightedBySize: Bool
  ) -> (base: Double, other: Double) {
    if sums.count > 1, isWeightedBySize {
      let whole = sums.dropFirst().reduce(into: sums[0]) { whole, own in
        for place in own.indices { whole[place] += own[place] }
      }
      return values([whole], aggregation, true)
    }
    let each = sums.map { own in
      let half = own.count / 2
      return (aggregation.value(of: own[..<half]), aggregation.value(of: own[half...]))
    }
    let count = Double(each.count)
    return (
      each.reduce(0) { $0 + $1.0 } / count, each.reduce(0) { $0 + $1.1 } / count
    )
  }

  /// The differences of items of a metric that is their mean; `nil` for other metrics.
  private var differences: [Double]? {
    aggregation == .mean ? units.map { $0[2] - $0[0] } : nil
  }

  /// The counts of items that only one has right; `nil` where scores are not right or wrong.
  private var flips: McNemarTest? {
    guard aggregation == .mean else { return nil }
    let scores = units.map { ($0[0], $0[2]) }
    guard scores.allSatisfy({ [0, 1].contains($0.0) && [0, 1].contains($0.1) }) else {
      return nil
    }
    return McNemarTest(
      lostCount: scores.count { $0.0 > $0.1 }, gainedCount: scores.count { $0.0 < $0.1 })
  }

  /// Fills in what a comparison says of the metric; `nil` where a value does not exist.
  func fill(_ comparison: TaskComparison, workGroup: WorkGroup) -> TaskComparison? {
    var filled = comparison
    (filled.baseValue, filled.otherValue) = values(totals)
    guard filled.difference.isFinite else { return nil }
    filled.count = strata.reduce(0) { $0 + $1.count }
    let (aggregation, isWeightedBySize) = (aggregation, isWeightedBySize)
    let statistic: @Sendable ([[Double]]) -> Double = { sums in
      let values = Self.values(sums, aggregation, isWeightedBySize)
      return values.other - values.base
    }
    let plain =
      filled.count > 1
      ? PairedBootstrap(strata: strata).result(workGroup: workGroup, statistic: statistic) : nil
    filled.interval = plain?.interval
    filled.standardError = standardError ?? plain?.standardError
    if let clusters {
      filled.clusterCount = Set(clusters).count
      filled.clusteredInterval =
        PairedBootstrap(items: units, clusters: clusters)
        .result(workGroup: workGroup, statistic: statistic)?.interval
      filled.designEffect = differences.flatMap {
        PairedDifference($0, clusters: clusters).designEffect
      }
    }
    addFlips(&filled)
    addPValue(&filled, workGroup, statistic)
    addDetectableDifference(&filled)
    return filled
  }

  private var standardError: Double? {
    guard let differences else { return nil }
    if isWeightedBySize { return PairedDifference(differences).standardError }
    let errors = strata.map { PairedDifference($0.map { $0[2] - $0[0] }).standardError }
    let known = errors.compactMap(\.self)
    guard known.count == errors.count else { return nil }
    return known.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(errors.count)
  }

  private func addFlips(_ comparison: inout TaskComparison) {
    let flips = flips
    comparison.lostCount = flips?.lostCount
    comparison.gainedCount = flips?.gainedCount
    comparison.mcNemarPValue = flips?.pValue
    comparison.midPValue = flips?.midPValue
  }

  /// Chooses the p-value that counts: McNemar's where items are independent and right or wrong.
  private func addPValue(
    _ comparison: inout TaskComparison, _ workGroup: WorkGroup,
    _ statistic: @Sendable ([[Double]]) -> Double
  ) {
    if let clusters, clustersDecide {
      comparison.pValueKind = .clusterPermutation
      comparison.pValue = PairedPermutation(items: units, clusters: clusters)
        .pValue(workGroup: workGroup, statistic: statistic)
    } else if isWeightedBySize, let pValue = comparison.mcNemarPValue {
      comparison.pValueKind = .mcNemar
      comparison.pValue = pValue
    } else {
      comparison.pValueKind = .permutation
      comparison.pValue = PairedPermutation(strata: strata)
        .pValue(workGroup: workGroup, statistic: statistic)
    }
    if comparison.pValue == nil { comparison.pValueKind = nil }
  }

  private func addDetectableDifference(_ comparison: inout TaskComparison) {
    let effect = clustersDecide ? comparison.designEffect ?? 1 : 1
    if isWeightedBySize, let lost = comparison.lostCount, let gained = comparison.gainedCount {
      comparison.detectableDifference = DetectableDifference.ofShares(
        count: comparison.count, discordantCount: lost + gained, designEffect: effect)
    } else {
      comparison.detectableDifference = comparison.standardError.flatMap { error in
        error > 0
          ? DetectableDifference.ofMean(standardError: error * max(1, effect).squareRoot()) : nil
      }
    }
  }
}
