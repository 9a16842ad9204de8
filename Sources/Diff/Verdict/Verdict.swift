public import Formats

/// What was done to a model, as far as the drift of its tensors shows it.
///
/// Every verdict but ``Kind/undetermined`` is given only where the evidence leaves no other; a
/// mixture of several changes, or a change that is none of these, is undetermined.
public struct Verdict: Sendable, Equatable {
  /// What can have been done.
  public enum Kind: String, Sendable, CaseIterable {
    /// The two hold the same tensors with the same values.
    case identical
    /// The same weights in other types: no more differs than rounding makes, see
    /// ``DeltaMetrics/noiseFloor``.
    case requantised
    /// All that is learned changed, by updates of full rank.
    case fullFineTuning = "full_fine_tuning"
    /// Matrices of layers changed by updates of low rank, and nothing else.
    case lowRankUpdate = "low_rank_update"
    /// Layers in a row are as they were, and all others changed by updates of full rank.
    case frozenLayers = "frozen_layers"
    /// Nothing changed but the embedding of tokens, and the head that is tied to it.
    case embeddingOnly = "embedding_only"
    /// The weights have nothing to do with each other, as those of two training seeds.
    case unrelated
    /// None of these for certain.
    case undetermined
  }

  /// Layers of one stack, in a row.
  public struct Layers: Sendable, Equatable {
    /// The stack.
    public var stack: Role.Stack
    /// The first and the last of them.
    public var range: ClosedRange<Int>
  }

  /// What was done.
  public var kind: Kind
  /// Why nothing more is said, or what the verdict rests on, in words.
  public var reason: String?
  /// The rank of the update where it is largest, of the matrices that were looked at.
  public var rank: Int?
  /// The matrices whose rank was looked at.
  public var rankMatrices: [UpdateRank.Matrix] = []
  /// The layers that did not change.
  public var frozenLayers: [Layers] = []
  /// The cosine between the matrices of the layers of both, all taken together.
  public var matrixCosine: Double?
  /// How many tensors changed by more than rounding makes.
  public var movedTensorCount = 0
  /// How many tensors differ, but by no more than rounding makes.
  public var roundedTensorCount = 0

  /// A verdict without evidence yet.
  init(_ kind: Kind, reason: String? = nil) {
    self.kind = kind
    self.reason = reason
  }
}
