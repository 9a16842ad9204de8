/// What a model computes, from `config.json` or GGUF metadata.
///
/// Sizes are positive and below the bounds that ``ConfigBounds`` states; they have not been compared
/// with the tensors. The fields say everything in which the architectures differ, so that nothing
/// else asks for their names.
public struct ModelConfig: Sendable, Hashable {
  /// Which model it is, as the files call it, such as `llama`.
  public var architecture: String

  // MARK: Sizes

  /// How many layers there are, of the decoder where there are two stacks.
  public var layerCount: Int
  /// How many layers the encoder has; `nil` for a model with only one stack.
  public var encoderLayerCount: Int?
  /// The width of the residual stream.
  public var hiddenSize: Int
  /// The width inside the feed-forward part of layers without experts.
  public var intermediateSize: Int
  /// Query heads in a layer; a multiple of ``keyValueHeadCount``.
  public var headCount: Int
  /// Key and value heads in a layer.
  public var keyValueHeadCount: Int
  /// The width of one head; times ``headCount`` it need not be ``hiddenSize``.
  public var headDimension: Int
  /// Rows of the embedding.
  public var vocabularySize: Int
  /// The longest sequence that the model was made for.
  public var contextLength: Int
  /// Whether ``contextLength`` stands where every program looks for it; else a tokenizer's word counts
  /// before it.
  public var namesContextLength = true

  // MARK: Embedding, positions, norms

  /// What the embedding is multiplied by.
  public var embeddingScale: Double = 1
  /// Whether the embedding is normalised before the first layer.
  public var hasEmbeddingNorm = false
  /// Where positions come in.
  public var positions: Positions
  /// The rotary positions of layers with a window, where the others have ``positions``; `nil` where
  /// all have the same.
  public var windowPositions: RotaryPositions?
  /// How norms are computed, all of them.
  public var normalization: Normalization
  /// Where in a layer the norms stand.
  public var normPlacement: NormPlacement = .before
  /// How a layer puts attention and the feed-forward part together.
  public var residual: Residual = .sequential
  /// Whether what attention and the feed-forward part compute is added to their normalised input, as
  /// BLOOM can have it, and not to what was normalised.
  public var addsToNormalizedInput = false

  // MARK: Attention

  /// What the products of queries and keys are multiplied by.
  public var attentionScale: Double
  /// Whether ``attentionScale`` is divided by the layer's number, counted from 1, too.
  public var dividesScaleByLayer = false
  /// Scores s become c · tanh(s / c); `nil` if they stay.
  public var attentionSoftCap: Double?
  /// Which layers see only the nearest positions; `nil` if all see all.
  public var window: SlidingWindow?
  /// Whether queries and keys are normalised before they are rotated; `nil` if they are not.
  public var queryKeyNorm: QueryKeyNorm?
  /// Queries, keys and values are brought into this number and its negative; `nil` if they stay.
  public var queryKeyValueLimit: Double?
  /// How queries, keys and values lie in one tensor, where they do, read in logical order.
  public var fusedOrder: FusedOrder = .stacked
  /// Whether the projections of queries, keys and values have biases.
  public var hasQueryKeyValueBias = false
  /// Whether the output projection of the attention has a bias.
  public var hasAttentionOutputBias = false

  // MARK: Feed-forward part

  /// The activation of the feed-forward part.
  public var activation: Activation
  /// Whether the feed-forward part multiplies the activated gate with a second projection.
  public var isGated: Bool
  /// Whether gate and second projection are one tensor, the gate's rows first.
  public var hasFusedGate = false
  /// Whether the feed-forward projections have biases.
  public var hasMLPBias = false
  /// The experts; `nil` where every layer has one feed-forward part.
  public var experts: Experts?
  /// Whether the weights of linear maps in layers are stored input by output, as GPT-2's are in
  /// logical order; those of others are stored output by input.
  public var hasTransposedLinears = false

  // MARK: Head and tokens

  /// Whether the configuration calls the head a copy of the embedding.
  ///
  /// Where the checkpoint has a head of its own, that counts, whatever is said here.
  public var tiesWordEmbeddings = false
  /// Whether the head has a bias.
  public var hasHeadBias = false
  /// What the last normalised state is multiplied by before the head, as in T5 with a shared head.
  public var headInputScale: Double = 1
  /// Logits l become c · tanh(l / c); `nil` if they stay.
  public var logitSoftCap: Double?
  /// The token that begins a text; `nil` where none is named.
  public var beginTokenID: Int?
  /// The tokens that end a text.
  public var endTokenIDs: [Int] = []
  /// The token that a decoder with an encoder beside it begins with; `nil` where none is named.
  public var decoderStartTokenID: Int?

  /// Creates what a model like LLaMA computes; other fields are set afterwards.
  ///
  /// By default there are as many key and value heads as query heads, which share the width, all of a
  /// head is rotated with base 10000, and scores are divided by the root of a head's width.
  public init(
    architecture: String = "llama", layerCount: Int, hiddenSize: Int, intermediateSize: Int,
    headCount: Int, keyValueHeadCount: Int? = nil, headDimension: Int? = nil, vocabularySize: Int,
    contextLength: Int, positions: Positions? = nil,
    normalization: Normalization = .init(kind: .rms, epsilon: 1e-5),
    attentionScale: Double? = nil, activation: Activation = .silu, isGated: Bool = true
  ) {
    self.architecture = architecture
    self.layerCount = layerCount
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    let headDimension = headDimension ?? hiddenSize / max(1, headCount)
    self.headDimension = headDimension
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.positions = positions ?? .rotary(RotaryPositions(dimension: headDimension))
    self.normalization = normalization
    self.attentionScale = attentionScale ?? 1 / Double(headDimension).squareRoot()
    self.activation = activation
    self.isGated = isGated
  }
}

extension ModelConfig {
  /// The rotary positions of layers without a window; `nil` where positions come in otherwise.
  public var rotary: RotaryPositions? {
    guard case .rotary(let rotary) = positions else { return nil }
    return rotary
  }
}
