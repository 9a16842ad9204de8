public import Core
public import Formats

/// The rank of what was added to the weights, as far as rounding lets it be seen.
///
/// A low-rank update that was merged into stored weights is low-rank no more: rounding adds noise
/// of full rank to it. A few matrices are looked at, some rows of each: the singular values of
/// their delta against those of noise that rounding makes of these very weights, drawn at random.
/// The rank is how many stand above that noise. It counts only if the update that they make
/// explains the stored weights: base plus update must lie within rounding of them.
public struct UpdateRank: Sendable, Equatable {
  /// What was found.
  public enum Outcome: Sendable, Equatable {
    /// The update has this rank in the matrix where it is largest.
    case low(rank: Int)
    /// The update is no low-rank matrix: more remains than rounding can make.
    case full
    /// Nothing can be said, for this reason.
    case undetermined(reason: String)
  }

  /// What was seen in one matrix.
  public struct Matrix: Sendable, Equatable {
    /// The tensor's name in the base.
    public var name: String
    /// How many of its rows were looked at.
    public var rowCount: Int
    /// What was found.
    public var outcome: Outcome
    /// The median singular value of the delta after those that stand out, over the median of the
    /// rounding noise.
    public var noiseRatio: Double
  }

  /// What was found in all.
  public var outcome: Outcome
  /// The matrices that were looked at.
  public var matrices: [Matrix]

  /// The rank, if the update is of low rank.
  public var rank: Int? {
    guard case .low(let rank) = outcome else { return nil }
    return rank
  }

  /// How many matrices are looked at.
  private static let matrixCount = 3

  /// Looks at the matrices of a comparison that moved most.
  ///
  /// Takes some tens of milliseconds, whatever the size of the model.
  ///
  /// - Parameters:
  ///   - pairs: The pairs that were compared.
  ///   - metrics: How far each of them moved.
  ///   - base: The checkpoint that differences are measured from.
  ///   - other: The checkpoint that is compared with it.
  ///   - workGroup: The threads to work with.
  /// - Returns: What was found.
  /// - Throws: ``Formats/CheckpointError`` if a tensor cannot be read; ``Core/InputError`` if
  ///   there is no OpenBLAS.
  public static func estimate(
    of pairs: [Pairing.Pair], metrics: [DeltaMetrics], base: any TensorSource,
    other: any TensorSource, workGroup: WorkGroup
  ) throws -> UpdateRank {
    let candidates = zip(pairs, metrics).filter { pair, metrics in
      metrics.l2Delta > 0 && metrics.l2Delta.isFinite
        && pair.base.dtype.floatFormat != nil && pair.other.dtype.floatFormat != nil
    }
    let matrices = chosen(candidates).compactMap { pair in
      PairedMatrix.matrices(of: pair, base: base, other: other).first
    }
    guard !matrices.isEmpty else {
      return UpdateRank(
        outcome: .undetermined(
          reason: "no changed matrix of floats has \(UpdateRankProbe.rowLimit.lowerBound) rows"),
        matrices: [])
    }
    let algebra = try LinearAlgebra.load()
    let seen = try workGroup.map(matrices.count) { index in
      try UpdateRankProbe(algebra: algebra, matrix: matrices[index]).look()
    }
    return UpdateRank(outcome: verdict(seen), matrices: seen)
  }

  /// The pairs that moved most among those that are large enough, one for each component first.
  private static func chosen(
    _ candidates: [(Pairing.Pair, DeltaMetrics)]
  ) -> [Pairing.Pair] {
    let matrices = candidates.filter { pair, _ in
      let sizes = [pair.shape.first ?? 0, pair.shape.dropFirst().reduce(1, *)]
      return pair.shape.count == 2 && sizes.allSatisfy { $0 >= UpdateRankProbe.rowLimit.lowerBound }
    }
    let ranked = matrices.enumerated().sorted { first, second in
      let (a, b) = (first.element.1.rmsDelta, second.element.1.rmsDelta)
      return a == b ? first.offset < second.offset : a > b
    }.map(\.element.0)
    let inLayers = ranked.filter { $0.key.layerKey != nil }
    var components: Set<Role.Component> = []
    let different = inLayers.filter { pair in
      pair.key.role.map { components.insert($0.component).inserted } ?? false
    }
    let rest = (inLayers + ranked).filter { !different.contains($0) }
    return Array((different + rest).prefix(matrixCount))
  }

  private static func verdict(_ matrices: [Matrix]) -> Outcome {
    if matrices.contains(where: { $0.outcome == .full }) { return .full }
    let ranks = matrices.compactMap { matrix -> Int? in
      guard case .low(let rank) = matrix.outcome else { return nil }
      return rank
    }
    guard ranks.count == matrices.count, let rank = ranks.max() else {
      return matrices.map(\.outcome).first { outcome in
        if case .undetermined = outcome { true } else { false }
      } ?? .undetermined(reason: "no matrix was looked at")
    }
    return .low(rank: rank)
  }
}
