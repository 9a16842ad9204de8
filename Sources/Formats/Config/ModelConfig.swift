/// The shape of a LLaMA model, from `config.json` or GGUF metadata.
///
/// Sizes are positive and below the bounds that ``ConfigKeys`` states; they have not been compared
/// with the tensors.
public struct ModelConfig: Sendable, Hashable {
  /// Which model it is, such as `llama`.
  public var architecture: String
  /// How many layers there are.
  public var layerCount: Int
  /// The width of the residual stream.
  public var hiddenSize: Int
  /// The width inside the feed-forward part.
  public var intermediateSize: Int
  /// Query heads in a layer; a multiple of ``keyValueHeadCount``.
  public var headCount: Int
  /// Key and value heads in a layer.
  public var keyValueHeadCount: Int
  /// The width of one head; even.
  public var headDimension: Int
  /// Rows of the embedding.
  public var vocabularySize: Int
  /// The longest sequence that the model was made for.
  public var contextLength: Int
  /// What RMS normalisation adds under the root.
  public var rmsNormEpsilon: Double
  /// The base of the rotary frequencies.
  public var ropeTheta: Double
  /// How many of a head's dimensions are rotated; even, at most ``headDimension``.
  public var rotaryDimension: Int
  /// How rotary frequencies are stretched; `nil` if they are not.
  public var ropeScaling: RopeScaling?
  /// The activation of the feed-forward part, as Hugging Face names it.
  public var hiddenActivation: String
  /// Whether the attention projections have biases.
  public var hasAttentionBias: Bool
  /// Whether the feed-forward projections have biases.
  public var hasMLPBias: Bool
  /// Whether the configuration calls the head a copy of the embedding.
  ///
  /// Where the checkpoint has a head of its own, that counts, whatever is said here.
  public var tiesWordEmbeddings: Bool
  /// The token that begins a text; `nil` where none is named.
  public var beginTokenID: Int?
  /// The tokens that end a text.
  public var endTokenIDs: [Int]

  /// Creates the shape of a model.
  public init(
    architecture: String = "llama", layerCount: Int, hiddenSize: Int, intermediateSize: Int,
    headCount: Int, keyValueHeadCount: Int, headDimension: Int, vocabularySize: Int,
    contextLength: Int, rmsNormEpsilon: Double = 1e-5, ropeTheta: Double = 10_000,
    rotaryDimension: Int? = nil, ropeScaling: RopeScaling? = nil,
    hiddenActivation: String = "silu", hasAttentionBias: Bool = false, hasMLPBias: Bool = false,
    tiesWordEmbeddings: Bool = false, beginTokenID: Int? = nil, endTokenIDs: [Int] = []
  ) {
    self.architecture = architecture
    self.layerCount = layerCount
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.rotaryDimension = rotaryDimension ?? headDimension
    self.ropeScaling = ropeScaling
    self.hiddenActivation = hiddenActivation
    self.hasAttentionBias = hasAttentionBias
    self.hasMLPBias = hasMLPBias
    self.tiesWordEmbeddings = tiesWordEmbeddings
    self.beginTokenID = beginTokenID
    self.endTokenIDs = endTokenIDs
  }
}

/// How a model stretches its rotary frequencies beyond the context it was first trained with.
public struct RopeScaling: Sendable, Hashable {
  /// The method as Hugging Face names it, such as `linear`, `llama3` or `yarn`; ``tensorType``
  /// where the divisors are a tensor.
  public var type: String
  /// The method's numbers under their Hugging Face names, such as `factor`.
  public var parameters: [String: Double]

  /// The ``type`` of a GGUF file that holds divisors in `rope_freqs.weight`.
  public static let tensorType = "rope_freqs"

  /// Creates a method.
  public init(type: String, parameters: [String: Double] = [:]) {
    self.type = type
    self.parameters = parameters
  }
}
