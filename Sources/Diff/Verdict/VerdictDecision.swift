import Core
import Formats

/// Finds what was done to a model, from what became of its tensors.
struct VerdictDecision {
  let changes: [TensorChange]
  let total: DeltaMetrics
  let resized: [Pairing.Resized]
  /// What keeps the pair from being judged as a whole, such as tensors that only one has.
  let obstacle: String?
  let base: any TensorSource
  let other: any TensorSource
  let workGroup: WorkGroup

  /// Cosines of matrices that have nothing to do with each other, together and each by itself.
  private static let unrelatedCosine = 0.05
  private static let unrelatedMatrixCosine = 0.2
  /// The cosine that a model and what it was tuned to have at least.
  private static let tunedCosine = 0.5
  /// Matrices smaller than this have large cosines by chance.
  private static let smallestMatrix = 4096

  private var moved: [TensorChange] { changes.filter { $0.extent == .moved } }
  private var layerMatrices: [TensorChange] { changes.filter { $0.isMatrix && $0.layer != nil } }

  /// The verdict with its evidence.
  func verdict() throws -> Verdict {
    var verdict = try judge()
    verdict.matrixCosine = matrixCosine
    verdict.movedTensorCount = moved.count
    verdict.roundedTensorCount = changes.count { $0.extent == .rounding }
    return verdict
  }

  private func judge() throws -> Verdict {
    if let obstacle { return Verdict(.undetermined, reason: obstacle) }
    guard total.nonFiniteCount == 0 else {
      return Verdict(.undetermined, reason: "\(total.nonFiniteCount) pairs are no finite numbers")
    }
    if moved.isEmpty && resized.isEmpty { return requantised }
    if let stranger = moved.first(where: { $0.pair.key.role == nil }) {
      return Verdict(
        .undetermined, reason: "what \(stranger.pair.base.name) is for is not known")
    }
    if let unrelated { return unrelated }
    guard let cosine = total.cosine, cosine > Self.tunedCosine,
      matrixCosine ?? cosine > Self.tunedCosine
    else {
      return Verdict(.undetermined, reason: "the weights are neither alike nor unrelated")
    }
    guard !isScaled else {
      return Verdict(.undetermined, reason: "the weights differ by a factor, if by anything else")
    }
    let inLayers = moved.filter { $0.layer != nil }
    return inLayers.isEmpty ? embeddingOnly : try tuning(inLayers)
  }

  private var requantised: Verdict {
    guard changes.contains(where: { $0.extent == .rounding }) else {
      return Verdict(.undetermined, reason: "all values are the same, but not all names")
    }
    guard let floor = total.noiseFloor, total.l2Delta < 2 * floor || total.l2Delta == 0 else {
      return Verdict(.undetermined, reason: "no noise floor is known")
    }
    return Verdict(.requantised)
  }

  // MARK: - Unrelated

  /// The cosine between all matrices of layers.
  private var matrixCosine: Double? {
    var (products, squares, otherSquares) = (0.0, 0.0, 0.0)
    for metrics in layerMatrices.map(\.metrics) {
      products += (metrics.cosine ?? 0) * metrics.l2Base * metrics.l2Other
      squares += metrics.l2Base * metrics.l2Base
      otherSquares += metrics.l2Other * metrics.l2Other
    }
    return TurnSums.cosine(products, squares, otherSquares)
  }

  /// The verdict on weights that have nothing to do with each other; `nil` on others.
  private var unrelated: Verdict? {
    let matrices = layerMatrices.filter { $0.metrics.elementCount >= Self.smallestMatrix }
    guard !matrices.isEmpty, let cosine = matrixCosine, abs(cosine) < Self.unrelatedCosine,
      matrices.allSatisfy({ abs($0.metrics.cosine ?? 0) < Self.unrelatedMatrixCosine })
    else { return nil }
    let sameNorms = matrices.count {
      abs($0.metrics.l2Base - $0.metrics.l2Other) < 1e-4 * $0.metrics.l2Base
    }
    guard sameNorms * 2 < matrices.count else {
      return Verdict(
        .undetermined,
        reason: "the matrices have the same norms but point elsewhere: rows may be in another order"
      )
    }
    return Verdict(.unrelated)
  }

  /// Whether the delta points where the weights do: cosines are nearer to 1 than a tuned model's.
  private var isScaled: Bool {
    guard let relative = total.relativeL2, let cosine = total.cosine else { return false }
    return relative > 1e-3 && 1 - cosine < 0.02 * relative * relative / 2
  }

  // MARK: - Outside the layers

  private var embeddingOnly: Verdict {
    let changed = Set(
      moved.compactMap(\.component) + resized.compactMap { $0.base.role?.component })
    let names = changed.map(\.rawValue).sorted().joined(separator: ", ")
    let hasLayers = changes.contains { $0.layer != nil }
    guard hasLayers, changed.contains(.token_embd),
      changed.subtracting([.token_embd, .output]).isEmpty,
      !changed.contains(.output) || isHeadTied
    else { return Verdict(.undetermined, reason: "outside the layers changed: \(names)") }
    return Verdict(.embeddingOnly)
  }

  /// Whether the head is a copy of the embedding in both.
  private var isHeadTied: Bool {
    let copies = [Role.Component.token_embd, .output].map { component in
      changes.first { $0.component == component && $0.isMatrix }?.metrics
    }
    guard let tokens = copies[0], let head = copies[1] else { return false }
    return tokens.l2Base == head.l2Base && tokens.l2Other == head.l2Other
      && tokens.l2Delta == head.l2Delta && tokens.maxAbsIndex == head.maxAbsIndex
  }

  // MARK: - Tuning

  private func tuning(_ inLayers: [TensorChange]) throws -> Verdict {
    let matrices = inLayers.filter(\.isMatrix)
    guard !matrices.isEmpty else {
      let names = Self.names(of: inLayers)
      return Verdict(.undetermined, reason: "in the layers only vectors changed: \(names)")
    }
    let rank = try UpdateRankSurvey(
      matrices: matrices, base: base, other: other, workGroup: workGroup
    ).rank()
    var verdict =
      switch rank.outcome {
      case .low(let rank): lowRankUpdate(rank, inLayers)
      case .full: fullRankUpdate(matrices)
      case .undetermined(let reason): Verdict(.undetermined, reason: reason)
      }
    verdict.rank = rank.rank
    verdict.rankMatrices = rank.matrices
    return verdict
  }

  private func lowRankUpdate(_ rank: Int, _ inLayers: [TensorChange]) -> Verdict {
    let rest = moved.filter { $0.layer == nil || !$0.isMatrix }
    guard rest.isEmpty, resized.isEmpty else {
      let names = rest.isEmpty ? "rows of the vocabulary" : Self.names(of: rest)
      return Verdict(
        .undetermined,
        reason: "matrices changed by updates of rank \(rank), but other tensors too: \(names)")
    }
    return Verdict(.lowRankUpdate, reason: Self.names(of: inLayers))
  }

  private func fullRankUpdate(_ matrices: [TensorChange]) -> Verdict {
    let layers = Set(changes.compactMap(\.layer))
    let movedLayers = Set(moved.compactMap(\.layer))
    // Of a layer that changed all must have changed; a vector of few digits may have been too stiff.
    let still = changes.filter { change in
      change.extent != .moved && (change.isMatrix || !change.isCoarse)
        && change.layer.map(movedLayers.contains) ?? false
    }
    guard still.isEmpty else {
      return Verdict(
        .undetermined,
        reason: "only some tensors of layers changed, by updates of full rank; not "
          + Self.names(of: still))
    }
    let frozen = layers.subtracting(movedLayers)
    guard frozen.isEmpty else { return frozenLayers(frozen) }
    let outside = changes.filter { change in
      change.extent != .moved && change.layer == nil && (change.isMatrix || !change.isCoarse)
    }
    guard outside.isEmpty else {
      return Verdict(
        .undetermined, reason: "every layer changed, but not \(Self.names(of: outside))")
    }
    return Verdict(.fullFineTuning)
  }

  private func frozenLayers(_ frozen: Set<LayerKey>) -> Verdict {
    var runs: [Verdict.Layers] = []
    for (stack, layers) in Dictionary(grouping: frozen, by: \.stack).sorted(by: { $0.key < $1.key })
    {
      let numbers = layers.map(\.layer).sorted()
      guard let first = numbers.first, let last = numbers.last,
        last - first + 1 == numbers.count
      else {
        let list = numbers.map { "\($0)" }.joined(separator: ", ")
        return Verdict(
          .undetermined, reason: "some layers did not change, but not in a row: \(list)")
      }
      runs.append(Verdict.Layers(stack: stack, range: first...last))
    }
    var verdict = Verdict(.frozenLayers)
    verdict.frozenLayers = runs
    return verdict
  }

  /// What tensors are for, each kind once.
  private static func names(of changes: [TensorChange]) -> String {
    let names = Set(
      changes.compactMap { change in
        change.pair.key.role.map { role in
          role.parameter == .bias ? "\(role.component.rawValue).bias" : role.component.rawValue
        }
      })
    return names.sorted().joined(separator: ", ")
  }
}
