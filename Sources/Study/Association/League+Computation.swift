public import Core
import Statistics
import Synchronization

extension League {
  /// Looks at every measure of every series against the forgetting of every axis.
  ///
  /// The result is the same bits for every number of threads.
  ///
  /// - Parameters:
  ///   - series: The series with their drift, scores and forgetting.
  ///   - workGroup: The threads to work with.
  public init(_ series: [SeriesResult], workGroup: WorkGroup = WorkGroup()) {
    self.init(series.map(LeagueSeries.init), workGroup: workGroup)
  }

  /// Looks at every measure of every series against the forgetting of every axis.
  public init(_ series: [LeagueSeries], workGroup: WorkGroup = WorkGroup()) {
    guard !series.isEmpty else {
      self.init()
      return
    }
    let work = LeagueWork(series)
    let collected = Mutex(LeagueOutcomes(work))
    workGroup.perform(work.measures.count) { place in
      let outcome = work.outcome(of: work.measures[place])
      collected.withLock { $0.add(outcome, at: place) }
    }
    let outcomes = collected.withLock { $0 }
    let entries = outcomes.corrected(work.joint)
    self.init(
      entries: Self.ranked(entries), seriesCount: series.count,
      stageCount: series.reduce(0) { $0 + $1.stageCount },
      testCount: entries.reduce(0) { $0 + [$1.spearman, $1.pearson].count { $0 != nil } },
      permutationCount: work.joint.count, seed: work.joint.seed)
  }

  /// The smallest corrected p first, then the most stages, then the largest rank correlation, then as
  /// they were looked at.
  private static func ranked(_ entries: [LeagueEntry]) -> [LeagueEntry] {
    entries.enumerated().sorted { first, second in
      let (a, b) = (first.element, second.element)
      if a.smallestAdjustedPValue != b.smallestAdjustedPValue {
        return a.smallestAdjustedPValue < b.smallestAdjustedPValue
      }
      if a.stageCount != b.stageCount { return a.stageCount > b.stageCount }
      let (sizeA, sizeB) = (abs(a.spearman?.value ?? 0), abs(b.spearman?.value ?? 0))
      return sizeA == sizeB ? first.offset < second.offset : sizeA > sizeB
    }.map(\.element)
  }
}

extension LeagueEntry {
  fileprivate var smallestAdjustedPValue: Double {
    min(spearman?.adjustedPValue ?? 1, pearson?.adjustedPValue ?? 1)
  }
}

/// What all measures gave, put together in an order that does not depend on threads.
private struct LeagueOutcomes: Sendable {
  private var drafts: [[LeagueWork.Draft]]
  private var seriesMaxima: [[Double]]
  private var jointMaxima: [Double]

  /// The distance within which two standard scores count as equal.
  private static let tolerance = 1e-10

  init(_ work: LeagueWork) {
    drafts = work.measures.map { _ in [] }
    seriesMaxima = work.joint.rows.map { [Double](repeating: 0, count: $0.count) }
    jointMaxima = [Double](repeating: 0, count: work.joint.count)
  }

  mutating func add(_ outcome: LeagueWork.Outcome, at place: Int) {
    drafts[place] = outcome.drafts
    for row in seriesMaxima.indices {
      Self.raise(&seriesMaxima[row], to: outcome.seriesMaxima[row])
    }
    Self.raise(&jointMaxima, to: outcome.jointMaxima)
  }

  private static func raise(_ maxima: inout [Double], to values: [Double]) {
    for index in maxima.indices { maxima[index] = max(maxima[index], values[index]) }
  }

  /// All entries, corrected for each other.
  func corrected(_ joint: JointRearrangements) -> [LeagueEntry] {
    let maxima = (0..<joint.count).map { order in
      seriesMaxima.indices.reduce(jointMaxima[order]) { largest, row in
        max(largest, seriesMaxima[row][joint.order(of: row, in: order)])
      }
    }.sorted()
    let drafts = drafts.flatMap(\.self)
    var entries = drafts.map(\.entry)
    let holm = holmAdjusted(
      entries.compactMap(\.spearman?.pValue) + entries.compactMap(\.pearson?.pValue))
    var next = (spearman: 0, pearson: entries.count { $0.spearman != nil })
    for (index, draft) in drafts.enumerated() {
      func adjusted(_ kind: CorrelationKind) -> Double {
        Self.share(of: maxima, reaching: draft.scores[kind] ?? .infinity)
      }
      if entries[index].spearman != nil {
        entries[index].spearman?.adjustedPValue = adjusted(.spearman)
        entries[index].spearman?.holmPValue = holm[next.spearman]
        next.spearman += 1
      }
      if entries[index].pearson != nil {
        entries[index].pearson?.adjustedPValue = adjusted(.pearson)
        entries[index].pearson?.holmPValue = holm[next.pearson]
        next.pearson += 1
      }
    }
    return entries
  }

  /// The share of ascending values that are at least as large as a bound.
  private static func share(of sorted: [Double], reaching bound: Double) -> Double {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] >= bound - tolerance { high = middle } else { low = middle + 1 }
    }
    return Double(sorted.count - low) / Double(sorted.count)
  }
}
