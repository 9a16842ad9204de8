/// What a model computes, as a value that the one engine interprets.
///
/// Another family of models is another value. What a value cannot say is refused when it is made.
struct Architecture: Sendable, Equatable {
  /// Rows of the embedding and of the head.
  var vocabularySize: Int
  /// Width of the residual stream.
  var hiddenSize: Int
  /// The longest sequence in tokens.
  var contextLength: Int
  /// How tokens become vectors.
  var embedding = Embedding()
  /// The rotary positions that layers refer to by their index.
  var rotaries: [RotaryPositions] = []
  /// The stack that reads the context; `nil` for models that are a decoder alone.
  var encoder: Stack?
  /// The stack that predicts.
  var decoder: Stack
  /// How vectors become logits.
  var head = Head()
  /// Whether the linear maps in layers are stored [inputs, outputs].
  var storesInputsFirst = false
  /// What the decoder reads first where there is an encoder.
  var startTokenID = 0

  /// How tokens become vectors: x = norm(scale · embedding[token] + positions[position]).
  struct Embedding: Sendable, Equatable {
    /// What the embedding is multiplied with; `nil` for nothing.
    var scale: Float?
    /// How many learned positions are added; `nil` for none.
    var positionCount: Int?
    /// The norm behind it.
    var norm: Norm?
  }

  /// How vectors become logits: softCap(head · (scale · x) + bias).
  struct Head: Sendable, Equatable {
    /// What the vectors are multiplied with; `nil` for nothing.
    var scale: Float?
    /// Whether a bias is added.
    var hasBias = false
    /// The bound that logits approach, cap · tanh(x / cap); `nil` for none.
    var softCap: Float?
    /// Whether the embedding stands in for weights that the files do not have.
    var canBeEmbedding = true
  }

  /// Layers one behind the other, and the norm at the end.
  struct Stack: Sendable, Equatable {
    var layers: [Layer]
    var outputNorm: Norm
    /// What is added to the scores of attention; `nil` for nothing.
    var positionBias: PositionBias?
    /// Whether a position sees only those before it and itself.
    var isCausal = true
  }

  /// A normalisation.
  struct Norm: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
      /// x / √(mean(x²) + ε) · weight.
      case rms
      /// (x − mean(x)) / √(variance(x) + ε) · weight + bias.
      case layer
    }

    var kind: Kind
    /// What is added under the root.
    var epsilon: Float
    var hasWeight = true
    var hasBias = false
    /// What is added to the stored weights: 1 for Gemma.
    var weightOffset: Float = 0
  }

  /// What is added to the scores of attention for where query and key stand.
  enum PositionBias: Sendable, Equatable {
    /// A slope for each head, times the distance of the key, times a factor; see
    /// ``PositionBiasTable``.
    case alibi(slopes: [Float], factor: Float, isRoundedToBFloat16: Bool)
    /// A learned number for each head and bucket of distances, stored with the first layer.
    case relative(RelativeBuckets)
  }
}
