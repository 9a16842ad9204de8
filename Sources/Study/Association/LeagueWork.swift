import OrderedCollections
import Statistics

/// All that is the same for every measure of a league: how stages are rearranged and drawn, and every
/// axis's forgetting in every order.
struct LeagueWork: Sendable {
  /// The stages of a series that have a pair, for one axis and one reference.
  private struct TargetKey: Hashable {
    let series: Int
    let axis: String
    let reference: DriftReference
    let stages: [Int]
  }

  /// One side of the pairs, both as values and as ranks, with the stages' numbers beside.
  private struct Target {
    let design: BlockDesign
    let stageNumbers: BlockValues
    let sides: [CorrelationKind: BlockTarget]
  }

  /// One association before its correction.
  struct Draft: Sendable {
    var entry: LeagueEntry
    /// How far each coefficient is from 0, in its standard deviations.
    var scores: [CorrelationKind: Double] = [:]
  }

  /// What one measure gave.
  struct Outcome: Sendable {
    var drafts: [Draft] = []
    /// The largest standard score of each series alone, for each of its orders.
    var seriesMaxima: [[Double]]
    /// The largest standard score of all series together, for each joint order.
    var jointMaxima: [Double]
  }

  let series: [LeagueSeries]
  let joint: JointRearrangements
  /// Every measure of any series.
  let measures: [StageMeasure]
  private let axes: [String]
  private let draws: BlockDraws
  private let targets: [TargetKey: Target]

  init(_ series: [LeagueSeries]) {
    self.series = series
    measures = Array(OrderedSet(series.flatMap(\.measures.keys)))
    axes = Array(OrderedSet(series.flatMap(\.drops.keys)))
    let rows = series.map { series in
      Rearrangements(
        length: series.stageCount, moving: series.exchangeableStages,
        exactLimit: League.exactLimit, drawCount: League.drawCount, seed: League.firstSeed)
    }
    joint = JointRearrangements(
      rows, exactLimit: League.exactLimit, drawCount: League.drawCount, seed: League.firstSeed)
    let resamples = Self.resamples(series.map(\.stageCount).max() ?? 0)
    draws = BlockDraws(
      count: League.resampleCount, blockCount: series.count, resamples: resamples,
      seed: League.firstSeed)
    var targets: [TargetKey: Target] = [:]
    for (index, series) in series.enumerated() {
      for (measure, values) in series.measures {
        for (axis, drops) in series.drops(measure.reference) {
          let stages = Self.pairs(values, drops)
          let key = TargetKey(
            series: index, axis: axis, reference: measure.reference, stages: stages)
          guard stages.count > 1, targets[key] == nil else { continue }
          targets[key] = Self.target(
            drops,
            BlockDesign(
              rearrangements: rows[index], places: stages, resamples: resamples[stages.count]))
        }
      }
    }
    self.targets = targets
  }

  private static func resamples(_ longest: Int) -> [Int: Resamples] {
    var resamples: [Int: Resamples] = [:]
    for count in stride(from: 2, through: longest, by: 1) {
      resamples[count] = Resamples(
        length: count, limit: League.resampleCount, seed: League.firstSeed)
    }
    return resamples
  }

  private static func target(_ drops: [Double?], _ design: BlockDesign) -> Target {
    let numbers = drops.indices.map { Double($0) as Double? }
    return Target(
      design: design, stageNumbers: BlockValues(.spearman, numbers, design),
      sides: Dictionary(
        uniqueKeysWithValues: CorrelationKind.allCases.map {
          ($0, BlockTarget($0, drops, design))
        }))
  }

  /// The stages for which both are known.
  private static func pairs(_ first: [Double?], _ second: [Double?]) -> [Int] {
    first.indices.filter { first[$0] != nil && second[$0] != nil }
  }

  // MARK: One measure

  /// Sets a measure against the forgetting of every axis, in every scope.
  func outcome(of measure: StageMeasure) -> Outcome {
    var outcome = Outcome(
      seriesMaxima: joint.rows.map { [Double](repeating: 0, count: $0.count) },
      jointMaxima: [Double](repeating: 0, count: joint.count))
    for axis in axes {
      let blocks = blocks(of: measure, axis)
      for block in blocks {
        add([block], .series(series[block.series].name), measure, axis, nil, to: &outcome)
      }
      if blocks.count > 1 { add(blocks, .pooled, measure, axis, joint, to: &outcome) }
    }
    return outcome
  }

  /// The pairs of one series.
  private struct Pairs {
    let series: Int
    let target: Target
    let sides: [CorrelationKind: BlockedCorrelation.Block]
  }

  /// The series in which both the measure and the forgetting vary.
  private func blocks(of measure: StageMeasure, _ axis: String) -> [Pairs] {
    series.indices.compactMap { index in
      guard let values = series[index].measures[measure],
        let drops = series[index].drops(measure.reference)[axis]
      else { return nil }
      let key = TargetKey(
        series: index, axis: axis, reference: measure.reference,
        stages: Self.pairs(values, drops))
      guard let target = targets[key] else { return nil }
      var sides: [CorrelationKind: BlockedCorrelation.Block] = [:]
      for (kind, side) in target.sides {
        let own = BlockValues(kind, values, target.design)
        guard own.varies, side.mayVary else { return nil }
        sides[kind] = BlockedCorrelation.Block(row: index, target.design, own, side)
      }
      return Pairs(series: index, target: target, sides: sides)
    }
  }

  private func add(
    _ pairs: [Pairs], _ scope: League.Scope, _ measure: StageMeasure, _ axis: String,
    _ joint: JointRearrangements?, to outcome: inout Outcome
  ) {
    var draft = Draft(
      entry: LeagueEntry(
        scope: scope, axis: axis, measure: measure,
        stageCount: pairs.reduce(0) { $0 + $1.target.design.count }, seriesCount: pairs.count))
    for kind in CorrelationKind.allCases {
      guard let correlation = BlockedCorrelation(pairs.compactMap { $0.sides[kind] }) else {
        continue
      }
      let test =
        joint == nil
        ? correlation.test(nil, maxima: &outcome.seriesMaxima[pairs[0].series])
        : correlation.test(joint, maxima: &outcome.jointMaxima)
      let interval = draft.entry.allowsClaim ? correlation.interval(draws) : nil
      let coefficient = LeagueEntry.Coefficient(
        estimate: Estimate(test.coefficient, interval: interval), pValue: test.pValue,
        adjustedPValue: 1, holmPValue: 1)
      draft.scores[kind] = test.standardScore
      switch kind {
      case .pearson: draft.entry.pearson = coefficient
      case .spearman:
        draft.entry.spearman = coefficient
        draft.entry.smallestPValue = test.smallestPValue
        draft.entry.sharedOrderPValue = correlation.sharedOrderPValue
        addStageNumber(correlation, pairs.map(\.target.stageNumbers), joint, to: &draft.entry)
      }
    }
    if !draft.scores.isEmpty { outcome.drafts.append(draft) }
  }

  private func addStageNumber(
    _ correlation: BlockedCorrelation, _ numbers: [BlockValues], _ joint: JointRearrangements?,
    to entry: inout LeagueEntry
  ) {
    entry.measureWithStage = correlation.measure(with: numbers)
    entry.dropWithStage = correlation.target(with: numbers)
    let partial = correlation.partial(numbers, joint)
    entry.partial = partial?.coefficient
    entry.partialPValue = partial?.pValue
  }
}
