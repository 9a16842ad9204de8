import Formats

extension Architecture {
  /// One layer of a stack.
  struct Layer: Sendable, Equatable {
    var attention: Attention
    /// Attention to what the encoder found; `nil` without an encoder.
    var crossAttention: Attention?
    var mlp: MLP
    var residual: Residual
  }

  /// How the parts of a layer are joined.
  ///
  /// One part is x = x + postNorm(part(norm(x))).
  struct Residual: Sendable, Equatable {
    /// The norm before and behind each part, all of one kind.
    var norm: Norm
    /// The tensor of the norm before attention; `nil` for none.
    var attentionNorm: Role.Component? = .attn_norm
    /// The tensor of the norm before the MLP; `nil` for none, or for that of attention where
    /// both are side by side.
    var mlpNorm: Role.Component? = .ffn_norm
    /// The tensor of the norm behind attention; `nil` for none.
    var postAttentionNorm: Role.Component?
    /// The tensor of the norm behind the MLP; `nil` for none.
    var postMLPNorm: Role.Component?
    /// Whether attention and MLP are side by side: x = x + attention(norm(x)) + mlp(norm(x)).
    var isParallel = false
    /// Whether parts are added to what they were given, norm(x), instead of x.
    var addsToNormed = false
  }

  /// Attention: softmax(softCap(scale · q kᵀ) + bias) v.
  struct Attention: Sendable, Equatable {
    /// Heads of queries.
    var headCount: Int
    /// Heads of keys and values; query head h reads head h / (headCount / keyValueHeadCount).
    var keyValueHeadCount: Int
    /// Elements of one head.
    var headDimension: Int
    /// What scores are multiplied with.
    var scale: Float
    /// The bound that scores approach; `nil` for none.
    var softCap: Float?
    /// How many positions a query sees, its own among them; `nil` for all.
    var window: Int?
    /// Which of the model's rotary positions turn queries and keys; `nil` for none.
    var rotary: Int?
    /// How queries and keys are normalised; `nil` for not at all.
    var queryKeyNorm: QueryKeyNorm?
    /// What queries, keys and values are held within, ± this; `nil` for nothing.
    var clip: Float?
    /// Whether queries, keys and values have biases.
    var hasBias = false
    /// Whether the output projection has a bias.
    var hasOutputBias = false
    /// How rows lie where queries, keys and values are one tensor.
    var fusedOrder = FusedOrder.consecutive

    /// Elements of all query heads.
    var queryWidth: Int { headCount * headDimension }
    /// Elements of all key heads, and of all value heads.
    var keyWidth: Int { keyValueHeadCount * headDimension }
  }

  /// How queries and keys are normalised before they are turned.
  struct QueryKeyNorm: Sendable, Equatable {
    var norm: Norm
    /// Whether all heads are normalised together instead of each by itself.
    var isWholeWidth: Bool
  }

  /// How rows lie in a tensor of queries, keys and values.
  enum FusedOrder: Sendable, Equatable {
    /// All queries, all keys, all values.
    case consecutive
    /// For each key head the queries that read it, the key and the value.
    case grouped
  }

  /// The part of a layer that treats each position by itself.
  enum MLP: Sendable, Equatable {
    case dense(DenseMLP)
    case experts(Experts)
  }

  /// down(activation(gate x) · up x), or without a gate down(activation(up x)).
  struct DenseMLP: Sendable, Equatable {
    /// The width inside.
    var intermediateSize: Int
    var activation: Activation
    var isGated: Bool
    var hasBias = false
  }

  /// Several MLPs, of which a router chooses some for each position.
  struct Experts: Sendable, Equatable {
    var count: Int
    /// How many are chosen.
    var usedCount: Int
    /// Whether the weights of the chosen ones are made to sum to 1.
    var isNormalized: Bool
    var expert: DenseMLP
    /// The one that sees every position, weighted by a gate of its own; `nil` for none.
    var shared: DenseMLP?
  }
}
