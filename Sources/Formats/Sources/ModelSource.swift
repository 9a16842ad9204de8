import Core

/// What a checkpoint argument stands for: one model's weights as they are to be used, wherever they
/// come from.
///
/// The tensors are those of the outermost source: a checkpoint, or what is made from several.
/// Configuration, tokenizer and metadata are those of ``checkpoint``. Nothing is written.
public struct ModelSource: TensorSource {
  /// The argument, as the user wrote it.
  public let path: String
  /// Where the model's configuration, tokenizer and metadata come from.
  public let checkpoint: Checkpoint
  /// What is odd but does not keep the model from being used.
  public let warnings: [CheckpointError]

  let weights: any TensorSource

  /// Opens what an argument stands for.
  ///
  /// - Parameters:
  ///   - argument: The path of a checkpoint or an adapter, `hf:OWNER/NAME[@REV]` in the local cache,
  ///     or several of them, `BASE+ADAPTER`; a path that exists is never taken apart.
  ///   - base: The argument for the base of an adapter that is given without one.
  ///   - folders: Where cached models and unpacked files are.
  /// - Throws: ``CheckpointError`` for the first thing that is wrong with it.
  public init(
    argument: String, base: String? = nil, folders: LocalFolders = LocalFolders()
  ) throws(CheckpointError) {
    guard !argument.isEmpty else {
      throw CheckpointError(
        .unreadable(reason: "an empty argument names no checkpoint"), path: "''")
    }
    let opener = SourceOpener(folders: folders, base: base)
    self = try opener.open(argument)
  }

  /// Opens a model that was published as its difference to a base, as Alpaca was.
  ///
  /// - Parameters:
  ///   - difference: The argument for a checkpoint that holds tuned weights minus those of the base.
  ///   - base: The argument for the base.
  ///   - folders: Where cached models and unpacked files are.
  /// - Throws: ``CheckpointError`` for the first thing that is wrong with one of them, or if they do
  ///   not fit.
  public init(
    weightDifference difference: String, from base: String, folders: LocalFolders = LocalFolders()
  ) throws(CheckpointError) {
    let base = try ModelSource(argument: base, folders: folders)
    let tuned = try ModelSource(argument: difference, folders: folders)
    try self.init(
      path: difference, checkpoint: tuned.checkpoint, warnings: base.warnings + tuned.warnings,
      weights: WeightDifference(tuned, of: base, path: difference))
  }

  /// Takes a checkpoint as it is.
  public init(_ checkpoint: Checkpoint) {
    self.init(
      path: checkpoint.path, checkpoint: checkpoint, warnings: checkpoint.warnings,
      weights: checkpoint)
  }

  init(
    path: String, checkpoint: Checkpoint, warnings: [CheckpointError], weights: any TensorSource
  ) {
    self.path = path
    self.checkpoint = checkpoint
    self.warnings = warnings
    self.weights = weights
  }

  /// The tensors, each name once, each role at most once.
  public var tensors: [TensorInfo] { weights.tensors }

  /// Whether weights that are stored packed, in several tensors each, are decoded.
  public var hasDecodedWeights: Bool {
    tensors.contains { tensor in
      if case .packed = tensor.dtype { true } else { false }
    }
  }

  /// Which model it is, such as `llama`; `nil` where nothing says it.
  public var architecture: String? { checkpoint.architecture }

  /// The shape of the model; `nil` where nothing says it.
  public var config: ModelConfig? { checkpoint.config }

  /// The tensor with a role.
  public func tensor(role: Role) -> TensorInfo? { weights.tensor(role: role) }

  /// The tensor with a name.
  public func tensor(named name: String) -> TensorInfo? { weights.tensor(named: name) }

  /// Decodes some elements of a tensor.
  public func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    try weights.decode(tensor, elements: elements, order: order, into: &output)
  }

  /// Calls a closure with a tensor's bytes, if they lie in one piece with their rows in an order.
  public func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    try weights.withStoredBytes(of: tensor, order: order, body)
  }

  /// How far apart the numbers are that the tensor could hold as it is stored, at some elements.
  public func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    try weights.roundingSteps(of: tensor, elements: elements)
  }

  /// Gives up the memory of the stored bytes of elements that have been read.
  public func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    weights.discard(tensor, elements: elements)
  }

  /// Where a tensor's numbers come from.
  public func origin(of tensor: TensorInfo) -> TensorOrigin? { weights.origin(of: tensor) }

  /// The difference between a tensor and the base's, where it is known as a product of thin
  /// matrices.
  public func lowRankDelta(
    of tensor: TensorInfo, from origin: TensorInfo, of base: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    try weights.lowRankDelta(of: tensor, from: origin, of: base)
  }
}

extension TensorSource {
  /// The checkpoint that configuration and tokenizer come from; `nil` for sources of other kinds.
  var foundation: Checkpoint? { (self as? Checkpoint) ?? (self as? ModelSource)?.checkpoint }

  /// The source itself, or what an argument stands for.
  var outermost: any TensorSource { (self as? ModelSource)?.weights ?? self }

  /// Whether two are the same files as they are, with nothing added to them.
  func isSameCheckpoint(as other: any TensorSource) -> Bool {
    let isPlain = [outermost, other.outermost].allSatisfy {
      $0 is Checkpoint || $0 is PackedWeights
    }
    guard isPlain, let own = foundation, let others = other.foundation else { return false }
    let identities = [own, others].map { $0.shards.map { FileIdentity(path: $0.path) } }
    return identities[0] == identities[1] && !identities[0].contains(nil)
  }

  /// The checkpoint, if the tensors are those of its files and nothing is added to them.
  var plainCheckpoint: Checkpoint? { outermost as? Checkpoint }

  /// The identity of a tensor's stored bytes; `nil` where values are computed from several files.
  ///
  /// - Throws: ``CheckpointError`` if the bytes are packed and damaged, or the file changes.
  func storageHash(ofStored tensor: TensorInfo) throws(CheckpointError) -> ContentHash? {
    if let packed = outermost as? PackedWeights { return try packed.storageHash(of: tensor) }
    return try plainCheckpoint?.storageHash(of: tensor)
  }
}
