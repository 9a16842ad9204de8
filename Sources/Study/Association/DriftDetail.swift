/// What the drift of one stage is made of: every component of every layer, and the tokens.
///
/// Drawings show it; associations do not use it, for all parts of a stage share one forgetting.
public struct DriftDetail: Sendable, Equatable {
  /// The distance of every component of every layer from the base.
  public var fromBase = DriftMatrix()
  /// The same from the stage before.
  public var fromPrevious = DriftMatrix()
  /// The tokens whose rows moved most from the base, for every tensor with a row for each token.
  public var tokens: [MovedTokens] = []

  /// Creates an empty record.
  public init() {}

  /// The distances from one of the two references.
  public func matrix(_ reference: DriftReference) -> DriftMatrix {
    switch reference {
    case .base: fromBase
    case .previous: fromPrevious
    }
  }
}

/// Relative L2 by layer and component; tensors outside the layers are not in it.
public struct DriftMatrix: Sendable, Equatable {
  /// The layers from first to last, as ``DriftPlace`` names them.
  public var layers: [String] = []
  /// The components in the order of the model.
  public var components: [String] = []
  /// For each layer, one value for each component: the length of the change over that of the
  /// reference's weights, all tensors of the component in the layer taken together; `nil` where the
  /// layer has none of it, or only zeros.
  public var relativeL2: [[Double?]] = []

  /// Creates a matrix.
  public init(layers: [String] = [], components: [String] = [], relativeL2: [[Double?]] = []) {
    self.layers = layers
    self.components = components
    self.relativeL2 = relativeL2
  }

  /// How many values there are.
  public var valueCount: Int { relativeL2.reduce(0) { $0 + $1.count { $0 != nil } } }
}

/// The tokens whose rows moved most in one tensor, the longest way first.
public struct MovedTokens: Sendable, Equatable {
  /// One token.
  public struct Token: Sendable, Equatable {
    /// The token's id, which is its row.
    public var id: Int
    /// The token's text; `nil` where no vocabulary can be read.
    public var text: String?
    /// The Euclidean length of the row's change.
    public var l2: Double
    /// ``l2`` relative to the length of the row in the base; `nil` where that is 0.
    public var relativeL2: Double?
    /// The cosine between the row before and after; `nil` where one is 0.
    public var cosine: Double?

    /// Creates a record.
    public init(id: Int, text: String?, l2: Double, relativeL2: Double?, cosine: Double?) {
      self.id = id
      self.text = text
      self.l2 = l2
      self.relativeL2 = relativeL2
      self.cosine = cosine
    }
  }

  /// The tensor, as the base calls it.
  public var tensor: String
  /// The tokens, the one that moved farthest first.
  public var tokens: [Token]

  /// Creates a record.
  public init(tensor: String, tokens: [Token]) {
    self.tensor = tensor
    self.tokens = tokens
  }
}
