import Core
import Formats

/// Looks at the rank of what was done to some matrices.
struct UpdateRankSurvey {
  let matrices: [TensorChange]
  let base: any TensorSource
  let other: any TensorSource
  let workGroup: WorkGroup

  /// How many matrices one estimate looks at.
  private static let estimateSize = 3

  /// The rank; not determined if no matrix shows it, or where there is no OpenBLAS.
  ///
  /// One matrix whose update has full rank is enough to know that not all are low-rank. To know that
  /// they are, one of every kind is looked at, and the one that moved least.
  func rank() throws -> UpdateRank {
    let chosen = self.chosen
    guard let first = chosen.first else {
      return UpdateRank(outcome: .undetermined(reason: "no matrix changed"), matrices: [])
    }
    var seen = try estimate([first])
    guard seen.rank != nil else { return seen }
    let rest = Array(chosen.dropFirst())
    for start in stride(from: 0, to: rest.count, by: Self.estimateSize) {
      let more = try estimate(Array(rest[start..<min(rest.count, start + Self.estimateSize)]))
      seen.matrices += more.matrices
      guard let rank = seen.rank, let next = more.rank else {
        // One is of low rank and another is not: neither holds for all.
        let reason = "some matrices changed by updates of low rank, and others did not"
        seen.outcome = .undetermined(reason: reason)
        return seen
      }
      seen.outcome = .low(rank: max(rank, next))
    }
    return seen
  }

  /// The matrix of every kind that moved most, the furthest first, and the one that moved least.
  private var chosen: [TensorChange] {
    let order = matrices.indices.sorted { first, second in
      let (a, b) = (matrices[first].metrics.rmsDelta, matrices[second].metrics.rmsDelta)
      return a == b ? first < second : a > b
    }
    var components: Set<Role.Component> = []
    var places: [Int] = []
    for place in order {
      guard let component = matrices[place].component else { continue }
      if components.insert(component).inserted { places.append(place) }
    }
    if let last = order.last, !places.contains(last) { places.append(last) }
    return places.map { matrices[$0] }
  }

  private func estimate(_ changes: [TensorChange]) throws -> UpdateRank {
    do {
      return try UpdateRank.estimate(
        of: changes.map(\.pair), metrics: changes.map(\.metrics), base: base, other: other,
        workGroup: workGroup)
    } catch let error as InputError {
      return UpdateRank(outcome: .undetermined(reason: error.message), matrices: [])
    }
  }
}
