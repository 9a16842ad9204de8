public import Core
public import Formats
public import Inference

/// What tells a model from others whose answers could be different, whatever its files are called and in
/// which format they are.
public struct ModelIdentity: Hashable, Sendable {
  /// The content hash of the weights.
  public var checkpoint: String
  /// The content hash of the tokenizer.
  public var tokenizer: String
  /// How numbers are computed, with the kernels.
  public var numerics: String
  /// How many tokens the model reads at most.
  public var contextLength: Int
  /// Where the boundary between a context and a continuation falls.
  public var encoding: RequestEncoding
  /// A hash of ``LanguageModel/settings``.
  public var settings: String
  /// Which results the engine gives; see ``ResultLedger/engineRevision``.
  public var engineRevision = ResultLedger.engineRevision

  /// Creates an identity from its parts.
  public init(
    checkpoint: String, tokenizer: String, numerics: String, contextLength: Int,
    encoding: RequestEncoding = .joint, settings: String = ""
  ) {
    self.checkpoint = checkpoint
    self.tokenizer = tokenizer
    self.numerics = numerics
    self.contextLength = contextLength
    self.encoding = encoding
    self.settings = settings
  }

  /// The identity of a loaded model; reads every weight once for the content hash.
  ///
  /// - Parameters:
  ///   - source: The weights that it was loaded from.
  ///   - model: The model.
  ///   - workGroup: The threads that hash.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public init(
    _ source: some TensorSource, _ model: LanguageModel, workGroup: WorkGroup
  ) throws {
    self.init(
      model, contentHash: try source.contentHash(workGroup: workGroup).description)
  }

  /// The identity of a loaded model whose weights have a known content hash.
  public init(_ model: LanguageModel, contentHash: String) {
    self.init(
      checkpoint: contentHash, tokenizer: model.tokenizer.contentHash.description,
      numerics: model.numerics, contextLength: model.contextLength, encoding: model.encoding,
      settings: ItemHashes.hash(model.settings))
  }
}
