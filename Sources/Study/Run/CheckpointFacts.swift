/// What is known of a checkpoint before it is scored.
public struct CheckpointFacts: Sendable, Equatable {
  /// What tells its tokenizer from another one.
  public var tokenizer: String
  /// How numbers are computed when it is scored.
  public var numerics: String
  /// Its kind and size in words, such as `llama, 4 layers of 128`; two with different words cannot be
  /// compared weight by weight.
  public var shape: String
  /// The types in which most of its weights are stored.
  public var storedType: String?
  /// How many rows its token embedding has.
  public var embeddingRowCount: Int?
  /// What a user should know of it, whatever the other checkpoints are.
  public var warnings: [String]

  /// Creates a description.
  public init(
    tokenizer: String, numerics: String, shape: String = "", storedType: String? = nil,
    embeddingRowCount: Int? = nil, warnings: [String] = []
  ) {
    self.tokenizer = tokenizer
    self.numerics = numerics
    self.shape = shape
    self.storedType = storedType
    self.embeddingRowCount = embeddingRowCount
    self.warnings = warnings
  }
}
