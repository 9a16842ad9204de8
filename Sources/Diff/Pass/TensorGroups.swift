import Formats

/// What the groups of a tensor's elements stand for, and which elements are in which.
struct TensorGroups {
  /// What a group stands for.
  enum Meaning {
    case tokens, experts
    /// Each group's projection and head.
    case heads([(projection: Role.Component, head: Int)])
    /// Heads were asked for but are not known.
    case unknownHeads(reason: String)
  }

  let meaning: Meaning
  /// Which elements are in which group; `nil` where there are none.
  let plan: SegmentPlan?

  /// Finds the groups of two tensors that are compared; `nil` where their elements have none, or
  /// none were asked for.
  ///
  /// - Parameters:
  ///   - pair: The tensors.
  ///   - measures: What was asked for.
  ///   - model: What is known of the model's attention.
  init?(_ pair: Pairing.Pair, measures: DriftMeasures, model: AttentionShape) {
    guard let role = pair.key.role, pair.elementCount > 0 else { return nil }
    let shape = pair.shape
    if role.component.isOfVocabulary, role.parameter == .weight, shape.count == 2,
      measures.tokenCount > 0
    {
      meaning = .tokens
      plan = SegmentPlan(segmentElements: shape[1], groupCount: shape[0])
    } else if role.component.isOfExperts, role.expert == nil, shape.count == 3 {
      meaning = .experts
      plan = SegmentPlan(segmentElements: shape[1] * shape[2], groupCount: shape[0])
    } else if measures.heads, role.hasHeads, shape.count <= 2 {
      switch model.heads(of: role, shape: shape) {
      case .found(let heads, let plan): (meaning, self.plan) = (.heads(heads), plan)
      case .missing(let reason): (meaning, plan) = (.unknownHeads(reason: reason), nil)
      }
    } else {
      return nil
    }
  }

  /// Whether the groups are tokens.
  var isOfTokens: Bool { if case .tokens = meaning { true } else { false } }

  /// What the sums of the groups say.
  ///
  /// - Parameters:
  ///   - sums: One entry for each group.
  ///   - tokenCount: How many tokens are listed at most.
  /// - Returns: The heads, experts or tokens.
  func segments(_ sums: [SegmentSums], tokenCount: Int) -> TensorSegments {
    let deltas = sums.map(SegmentDelta.init)
    switch meaning {
    case .tokens: return TensorSegments(tokens: Self.tokens(deltas, count: tokenCount))
    case .experts:
      return TensorSegments(
        experts: deltas.enumerated().map { ExpertDelta(expert: $0, delta: $1) })
    case .heads(let heads):
      return TensorSegments(
        heads: zip(heads, deltas).map {
          HeadDelta(projection: $0.projection, head: $0.head, delta: $1)
        })
    case .unknownHeads(let reason): return TensorSegments(headsReason: reason)
    }
  }

  /// The rows with the largest deltas; one that is not a number is the largest of all.
  private static func tokens(_ deltas: [SegmentDelta], count: Int) -> [TokenDelta] {
    func size(_ row: Int) -> Double {
      deltas[row].l2Delta.isNaN ? .infinity : deltas[row].l2Delta
    }
    let rows = deltas.indices.filter { size($0) > 0 }
      .sorted { (size($1), $0) < (size($0), $1) }
    return rows.prefix(count).map { TokenDelta(id: $0, delta: deltas[$0]) }
  }
}

extension Role {
  /// Whether such a tensor has parts that belong to one attention head each.
  fileprivate var hasHeads: Bool {
    switch component {
    case .attn_q, .attn_k, .attn_v, .attn_qkv, .cross_attn_q, .cross_attn_k, .cross_attn_v: true
    case .attn_output, .cross_attn_o: parameter == .weight
    default: false
    }
  }
}

extension Role.Component {
  /// Whether such a tensor has a row for each token.
  fileprivate var isOfVocabulary: Bool { self == .token_embd || self == .output }
}
