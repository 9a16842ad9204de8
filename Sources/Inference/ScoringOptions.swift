/// How a model computes; none of it but the numerics and the encoding changes a result.
public struct ScoringOptions: Sendable, Equatable {
  /// In which format products take their inputs.
  public var numerics: Numerics
  /// How much memory weights, positions and rows may take, in bytes; `nil` for what the machine has
  /// to spare.
  public var memoryByteCount: Int?
  /// Whether what requests have in common is computed once.
  public var sharesPrefixes: Bool
  /// Where the boundary between context and continuation falls.
  public var encoding: RequestEncoding

  /// Creates options.
  public init(
    numerics: Numerics = .auto, memoryByteCount: Int? = nil, sharesPrefixes: Bool = true,
    encoding: RequestEncoding = .joint
  ) {
    self.numerics = numerics
    self.memoryByteCount = memoryByteCount
    self.sharesPrefixes = sharesPrefixes
    self.encoding = encoding
  }
}
