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
  private let pairings: [Span: Pairing]
  /// What pairs the tensors of each of ``works``, in the order of the model.
  private let keys: [TensorKey]
  private let workOfKey: [TensorKey: Int]
  /// One entry for every tensor that has a partner anywhere in the series.
  let works: [TensorWork]

  init(_ checkpoints: [any TensorSource], where isIncluded: ((String) -> Bool)?) throws {
    self.checkpoints = checkpoints
    let indices = try AlignedSources(checkpoints).indices
    var pairings: [Span: Pairing] = [:]
    for place in 1..<checkpoints.count {
      for span in Set([Span(base: 0, other: place), Span(base: place - 1, other: place)]) {
        pairings[span] = try Pairing(
          base: indices[span.base], other: indices[span.other], where: isIncluded)
      }
    }
    self.pairings = pairings
    let spans = pairings.keys.sorted { ($0.base, $0.other) < ($1.base, $1.other) }
    var pairsOfKey: [TensorKey: [TensorWork.Pair]] = [:]
    for span in spans {
      for pair in pairings[span]?.pairs ?? [] {
        pairsOfKey[pair.key, default: []].append(
          .init(base: span.base, other: span.other, elementCount: pair.elementCount))
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
    let pairing = pairings[Span(base: base, other: other)] ?? Pairing()
    let pairSums = pairing.pairs.map { pair in
      let work = workOfKey[pair.key] ?? 0
      let place = works[work].pairs.firstIndex { $0.base == base && $0.other == other }
      return place.map { sums[work].pairs[$0].delta } ?? DeltaSums()
    }
    var comparison = CheckpointComparison(
      base: checkpoints[base].path, other: checkpoints[other].path, pairing: pairing,
      sums: pairSums)
    try comparison.addSpectra(
      of: pairing, base: checkpoints[base], other: checkpoints[other], measures: measures,
      workGroup: workGroup, progress: progress)
    return comparison
  }

  /// The cosines between the update that ends at a checkpoint and the one before it.
  func turnCosines(endingAt third: Int, sums: [TensorSums]) -> [DriftUnit: Double] {
    var groups = UnitSums<TurnSums>(empty: TurnSums()) { $0.add($1) }
    var cosines: [DriftUnit: Double] = [:]
    for (work, key) in keys.enumerated() {
      guard let place = works[work].turns.firstIndex(where: { $0.third == third }) else { continue }
      let turn = sums[work].turns[place]
      cosines[.tensor(key)] = turn.cosine
      groups.add(turn, of: key)
    }
    for (unit, turn) in groups.sums { cosines[unit] = turn.cosine }
    return cosines
  }
}
