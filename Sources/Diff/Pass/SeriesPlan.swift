import Core
import Formats
import OrderedCollections

/// What a series of checkpoints asks of one pass over all of them.
struct SeriesPlan {
  /// Two checkpoints of the series by their places.
  private struct Span: Hashable {
    var base: Int
    var other: Int
  }

  private let checkpoints: [any TensorSource]
  /// The checkpoints with the pieces of tensors that ``works`` speak of.
  let sources: [PartedSource]
  private let pairings: [Span: Pairing]
  private let groups: [Span: PairGroups]
  /// What pairs the tensors of each of ``works``, in the order of the model.
  private let keys: [TensorKey]
  private let workOfKey: [TensorKey: Int]
  /// One entry for every tensor that has a partner anywhere in the series.
  let works: [TensorWork]

  init(
    _ checkpoints: [any TensorSource], where isIncluded: ((String) -> Bool)?,
    measures: DriftMeasures
  ) throws {
    self.checkpoints = checkpoints
    let aligned = try AlignedSources(checkpoints)
    let indices = aligned.indices
    sources = aligned.sources
    var pairings: [Span: Pairing] = [:]
    for place in 1..<checkpoints.count {
      for span in Set([Span(base: 0, other: place), Span(base: place - 1, other: place)]) {
        pairings[span] = try Pairing(
          base: indices[span.base], other: indices[span.other], where: isIncluded)
      }
    }
    self.pairings = pairings
    var groups: [Span: PairGroups] = [:]
    for (span, pairing) in pairings {
      groups[span] = PairGroups(
        of: pairing, in: [checkpoints[span.base], checkpoints[span.other]], measures: measures)
    }
    self.groups = groups
    let spans = pairings.keys.sorted { ($0.base, $0.other) < ($1.base, $1.other) }
    var pairsOfKey: [TensorKey: [TensorWork.Pair]] = [:]
    for span in spans {
      for (place, pair) in (pairings[span]?.pairs ?? []).enumerated() {
        pairsOfKey[pair.key, default: []].append(
          .init(
            base: span.base, other: span.other, elementCount: pair.elementCount,
            segments: groups[span]?.plan(of: place), wantsQuantiles: measures.quantiles))
      }
    }
    let keys = pairsOfKey.keys.sorted()
    self.keys = keys
    workOfKey = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    works = keys.map { key in
      let pairs = pairsOfKey[key] ?? []
      return TensorWork(
        tensors: indices.map { $0[key] }, pairs: pairs, turns: Self.turns(in: pairs))
    }
  }

  /// The updates in a row that a tensor's pairs make.
  private static func turns(in pairs: [TensorWork.Pair]) -> [TensorWork.Turn] {
    let updates = pairs.filter { $0.other == $0.base + 1 }
    return updates.compactMap { after in
      updates.first { $0.other == after.base }.map { before in
        TensorWork.Turn(
          first: before.base, second: after.base, third: after.other,
          elementCount: min(before.elementCount, after.elementCount))
      }
    }
  }

  /// The comparison of two checkpoints that the pass has summed.
  func comparison(
    _ base: Int, _ other: Int, sums: [TensorSums], measures: DriftMeasures, workGroup: WorkGroup,
    progress: WorkProgress.Handler?
  ) throws -> CheckpointComparison {
    let span = Span(base: base, other: other)
    let pairing = pairings[span] ?? Pairing()
    let pairSums = pairing.pairs.map { pair in
      let work = workOfKey[pair.key] ?? 0
      let place = works[work].pairs.firstIndex { $0.base == base && $0.other == other }
      return place.map { sums[work].pairs[$0] } ?? PairSums(hasSketch: false)
    }
    var comparison = CheckpointComparison(
      base: checkpoints[base].path, other: checkpoints[other].path, pairing: pairing,
      sums: pairSums)
    if let groups = groups[span] {
      comparison.addSegments(groups, pairing: pairing, sums: pairSums)
    }
    try comparison.addSpectra(
      of: pairing, base: sources[base], other: sources[other], measures: measures,
      workGroup: workGroup, progress: progress)
    return comparison
  }

  /// The texts of tokens, of the checkpoint that has the most; `nil` where no tokens are listed.
  var tokenTexts: TokenTexts? {
    guard groups.values.contains(where: \.haveTokens) else { return nil }
    return TokenTexts.largest(of: checkpoints)
  }

  /// How the update that ends at a checkpoint relates to the one before it.
  func turns(endingAt third: Int, sums: [TensorSums]) -> [DriftUnit: TurnMetrics] {
    var groups = UnitSums<TurnSums>(empty: TurnSums()) { $0.add($1) }
    var metrics: [DriftUnit: TurnMetrics] = [:]
    for (work, key) in keys.enumerated() {
      guard let place = works[work].turns.firstIndex(where: { $0.third == third }) else { continue }
      let turn = sums[work].turns[place]
      metrics[.tensor(key)] = TurnMetrics(turn)
      groups.add(turn, of: key)
    }
    for (unit, turn) in groups.sums { metrics[unit] = TurnMetrics(turn) }
    return metrics
  }
}
