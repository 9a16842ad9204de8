extension ModelConfig {
  /// How norms are computed.
  public struct Normalization: Sendable, Hashable {
    /// What the values are divided by.
    public enum Kind: Sendable, Hashable {
      /// The root of the mean square.
      case rms
      /// The deviation from the mean, which is taken away first.
      case layer
    }

    /// What the values are divided by.
    public var kind: Kind
    /// What is added under the root.
    public var epsilon: Double
    /// What is added to every weight: 1 in Gemma, whose stored weights are differences from 1.
    public var weightOffset: Double
    /// Whether there are weights at all.
    public var hasWeight: Bool
    /// Whether there are biases.
    public var hasBias: Bool

    /// Creates a way to normalise.
    public init(
      kind: Kind, epsilon: Double, weightOffset: Double = 0, hasWeight: Bool = true,
      hasBias: Bool = false
    ) {
      self.kind = kind
      self.epsilon = epsilon
      self.weightOffset = weightOffset
      self.hasWeight = hasWeight
      self.hasBias = hasBias
    }
  }

  /// Where the norms of a layer stand.
  public enum NormPlacement: Sendable, Hashable {
    /// Before attention (`attn_norm`) and before the feed-forward part (`ffn_norm`).
    case before
    /// Behind them, before what they compute is added: `post_attention_norm`, `post_ffw_norm`.
    case after
    /// Both.
    case beforeAndAfter
  }

  /// How a layer puts attention and the feed-forward part together.
  public enum Residual: Sendable, Hashable {
    /// The feed-forward part takes in what attention has added to.
    case sequential
    /// Both take in the layer's input, each with a norm of its own.
    ///
    /// Attention's norm is `attn_norm` and the feed-forward part's `ffn_norm`; but where there is an
    /// `attn_norm_2`, as in Falcon, that is attention's and `attn_norm` the feed-forward part's.
    case parallel
    /// Both take in the layer's input, normalised once (`attn_norm`).
    case parallelWithSharedNorm
  }

  /// Over what queries and keys are normalised.
  public enum QueryKeyNorm: Sendable, Hashable {
    /// Each head by itself, with weights that all heads share.
    case perHead
    /// All heads together.
    case wholeWidth
  }

  /// How the rows of queries, keys and values lie in one tensor, read in logical order.
  public enum FusedOrder: Sendable, Hashable {
    /// All queries, all keys, all values.
    case stacked
    /// For each key head the queries of its group, the key, the value.
    case grouped
  }

  /// Which layers attend only to the nearest positions.
  public struct SlidingWindow: Sendable, Hashable {
    /// How many positions a query sees, its own among them.
    public var size: Int
    /// For each layer, whether it has the window.
    public var layers: [Bool]

    /// Creates a window.
    public init(size: Int, layers: [Bool]) {
      self.size = size
      self.layers = layers
    }
  }

  /// The activation of the feed-forward part.
  public enum Activation: Sendable, Hashable {
    /// x · sigmoid(x).
    case silu
    /// x · Φ(x), by the error function.
    case gelu
    /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).
    case geluTanh
    /// max(x, 0).
    case relu
    /// What no model that is understood here has, as the configuration names it.
    case other(String)
  }

  /// Feed-forward parts of which a router chooses some for each token.
  ///
  /// The router's logits (`ffn_gate_inp`) become probabilities by a softmax over all experts; those
  /// of the chosen ones weigh what they compute.
  public struct Experts: Sendable, Hashable {
    /// How many there are in a layer.
    public var count: Int
    /// How many are chosen for a token.
    public var usedCount: Int
    /// The width inside one.
    public var intermediateSize: Int
    /// Whether the probabilities of the chosen are divided by their sum.
    public var normalizesWeights: Bool
    /// The width inside the expert that every token goes through, weighed by the sigmoid of a gate of
    /// its own (`ffn_gate_inp_shexp`); `nil` where there is none.
    public var sharedIntermediateSize: Int?
    /// For each layer, whether it has experts; the others have one feed-forward part.
    public var layers: [Bool]

    /// Creates experts.
    public init(
      count: Int, usedCount: Int, intermediateSize: Int, normalizesWeights: Bool,
      sharedIntermediateSize: Int? = nil, layers: [Bool]
    ) {
      self.count = count
      self.usedCount = usedCount
      self.intermediateSize = intermediateSize
      self.normalizesWeights = normalizesWeights
      self.sharedIntermediateSize = sharedIntermediateSize
      self.layers = layers
    }
  }
}
