/// How a model computes; none of it but the numerics changes a result.
public struct ScoringOptions: Sendable, Equatable {
  /// In which format products take their inputs.
  public var numerics: Numerics
  /// How much memory weights, positions and rows may take, in bytes; `nil` for what the machine has
  /// to spare.
  public var memoryByteCount: Int?
  /// Whether what requests have in common is computed once.
  public var sharesPrefixes: Bool

  /// Creates options.
  public init(
    numerics: Numerics = .auto, memoryByteCount: Int? = nil, sharesPrefixes: Bool = true
  ) {
    self.numerics = numerics
    self.memoryByteCount = memoryByteCount
    self.sharesPrefixes = sharesPrefixes
  }
}
