import Formats

/// The groups of elements of every pair of a comparison.
struct PairGroups {
  private let groups: [TensorGroups?]
  private let tokenCount: Int

  /// Finds the groups.
  ///
  /// - Parameters:
  ///   - pairing: The tensors that are compared.
  ///   - sources: The two checkpoints.
  ///   - measures: What was asked for.
  init(of pairing: Pairing, in sources: [any TensorSource], measures: DriftMeasures) {
    let layers = measures.heads ? pairing.pairs.compactMap { $0.key.role?.layer } : []
    let shape = AttentionShape(sources, layers: Set(layers))
    groups = pairing.pairs.map { TensorGroups($0, measures: measures, model: shape) }
    tokenCount = measures.tokenCount
  }

  /// Which elements of a pair are in which group.
  func plan(of pair: Int) -> SegmentPlan? { groups[pair]?.plan }

  /// What the sums of a pair's groups say.
  func segments(of pair: Int, _ sums: [SegmentSums]) -> TensorSegments? {
    groups[pair]?.segments(sums, tokenCount: tokenCount)
  }

  /// Whether tokens are listed.
  var haveTokens: Bool { groups.contains { $0?.isOfTokens ?? false } }
}
