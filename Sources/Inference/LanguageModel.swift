public import Core
public import Formats

/// A checkpoint with its tokenizer, ready to score text.
public struct LanguageModel: LogLikelihoodModel {
  /// The checkpoint's path.
  public let path: String
  /// The model's own tokenizer.
  public let tokenizer: Tokenizer
  /// The longest input in tokens; longer ones lose their start.
  public let contextLength: Int
  /// The tokens that end a text.
  public let endTokenIDs: [Int]
  /// How numbers are computed, as results record it, such as `bf16 (avx512_bf16)`.
  public var numerics: String { Self.numerics(network.operand, network.kernels) }

  let network: Network
  let options: ScoringOptions
  let generation: GenerationDefaults

  /// Opens a model: finds every weight and checks that it fits; large ones are read when they are first
  /// needed.
  ///
  /// - Parameters:
  ///   - source: A model with its tokenizer: in the GGUF file, or beside the weights.
  ///   - options: How it computes.
  ///   - workGroup: The threads that load and score.
  /// - Throws: `InputError` for an architecture that cannot be run, a missing tokenizer, a
  ///   vocabulary that does not fit the embedding, or a tensor of the wrong shape.
  public init(
    _ source: ModelSource, options: ScoringOptions = ScoringOptions(), workGroup: WorkGroup
  ) throws {
    let checkpoint = source.checkpoint
    path = source.path
    self.options = options
    let architecture = try Architecture(source)
    tokenizer = try Tokenizer(checkpoint)
    try Self.requireFit(tokenizer, architecture, checkpoint)
    contextLength = Self.contextLength(architecture, checkpoint.config, tokenizer)
    generation = try GenerationDefaults(checkpoint)
    endTokenIDs = generation.endTokenIDs ?? checkpoint.config?.endTokenIDs ?? []
    network = try Network(
      source, architecture, operand: options.numerics.operand(for: source, .best),
      workGroup: workGroup)
  }

  /// Loads a checkpoint as it is.
  public init(
    _ checkpoint: Checkpoint, options: ScoringOptions = ScoringOptions(), workGroup: WorkGroup
  ) throws {
    try self.init(ModelSource(checkpoint), options: options, workGroup: workGroup)
  }

  /// Opens a model that differs from another in its weights alone, as one does that was put together from
  /// parts of two: it has the other's tokenizer, and computes as the other does.
  ///
  /// - Parameters:
  ///   - source: The weights.
  ///   - other: The other model.
  /// - Throws: `InputError` for a tensor that is missing or of the wrong shape, `CheckpointError` for one
  ///   that cannot be decoded.
  public init(_ source: ModelSource, like other: LanguageModel) throws {
    path = source.path
    options = other.options
    tokenizer = other.tokenizer
    contextLength = other.contextLength
    generation = other.generation
    endTokenIDs = other.endTokenIDs
    network = try Network(
      source, other.network.architecture, operand: other.network.operand,
      kernels: other.network.kernels, workGroup: other.network.workGroup)
  }

  /// How numbers of a model would be computed, as ``numerics`` says it.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - options: How it computes.
  /// - Returns: The numerics.
  public static func numerics(of source: ModelSource, _ options: ScoringOptions) -> String {
    numerics(options.numerics.operand(for: source, .best), .best)
  }

  private static func numerics(_ operand: Operand, _ kernels: Kernels) -> String {
    "\(operand.rawValue) (\(kernels.name))"
  }

  /// Finds out whether a model can be scored, without reading its weights.
  ///
  /// - Parameter source: The model.
  /// - Throws: `InputError` for an architecture that cannot be run, a tensor of no use to it, a
  ///   missing tokenizer, or a vocabulary that does not fit the embedding.
  public static func check(_ source: ModelSource) throws {
    let checkpoint = source.checkpoint
    let architecture = try Architecture(source)
    try WeightReader(source: source, architecture, .f32).requireNothingElse(than: architecture)
    try requireFit(try Tokenizer(checkpoint), architecture, checkpoint)
  }

  /// The longest input, as lm-evaluation-harness finds it: what the configuration says in a way that all
  /// read, else what the tokenizer says, else 2048.
  private static func contextLength(
    _ architecture: Architecture, _ config: ModelConfig?, _ tokenizer: Tokenizer
  ) -> Int {
    guard config?.namesContextLength == false else { return architecture.contextLength }
    return min(tokenizer.maximumLength ?? 2048, architecture.embedding.positionCount ?? .max)
  }

  private static func requireFit(
    _ tokenizer: Tokenizer, _ architecture: Architecture, _ checkpoint: Checkpoint
  ) throws {
    guard tokenizer.vocabularySize <= architecture.vocabularySize else {
      throw InputError(
        path: checkpoint.path,
        "vocabulary of \(tokenizer.vocabularySize) tokens does not fit the embedding's "
          + "\(architecture.vocabularySize) rows")
    }
  }

  /// Scores every request, as lm-evaluation-harness 0.4.13 defines it for decoders alone and for
  /// encoders with decoders.
  ///
  /// - Parameters:
  ///   - requests: What is scored.
  ///   - progress: Told how many token positions are done.
  /// - Returns: One result for each request, in their order; the same bits for any thread count and
  ///   any other requests.
  /// - Throws: ``RequestError`` for the first request that cannot be scored, or for which the model
  ///   computes values that are not finite; `CheckpointError` for a tensor that cannot be decoded.
  public func logLikelihoods(
    of requests: [TextRequest], progress: WorkProgress.Handler? = nil
  ) throws -> [LogLikelihood] {
    try score(requests, progress: progress).answers.compactMap(\.self)
  }

  /// Scores as many requests as the time suffices for, and says what it took.
  ///
  /// - Parameters:
  ///   - requests: What is scored.
  ///   - deadline: When no further batch is begun; `nil` for never.
  ///   - progress: Told how many token positions are done.
  ///   - plan: Told what will be done, before it is.
  ///   - deliver: Told each answer once, when it is known; what it throws ends the run. An answer that
  ///     is not finite is not told.
  /// - Returns: The answers, in the order of their requests, and the work. Which requests are answered
  ///   when the time is up is a matter of speed; an answer is not.
  /// - Throws: As ``logLikelihoods(of:progress:)``, and what `deliver` throws.
  public func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant? = nil,
    progress: WorkProgress.Handler? = nil, plan: ((ScoringPlan) -> Void)? = nil,
    deliver: AnswerHandler? = nil
  ) throws -> ScoredRequests {
    let tree = NetworkTree(
      layerCount: network.architecture.decoder.layers.count,
      encoderLayerCount: network.architecture.encoder?.layers.count)
    return try Self.score(
      [self], tree, encode(requests), until: deadline, progress: progress, plan: plan,
      deliver: deliver)[0]
  }

  /// Scores requests with models of one shape and one tokenizer.
  static func score(
    _ models: [LanguageModel], _ tree: NetworkTree, _ encoded: EncodedRequests,
    until deadline: ContinuousClock.Instant?, progress: WorkProgress.Handler?,
    plan: ((ScoringPlan) -> Void)?, deliver: AnswerHandler?
  ) throws -> [ScoredRequests] {
    let first = models[0]
    let scorer = Scorer(
      networks: models.map(\.network), networkTree: tree,
      sharesPrefixes: first.options.sharesPrefixes,
      memoryByteCount: first.options.memoryByteCount ?? Scorer.defaultMemory)
    var delivery = deliver.map { AnswerDelivery(encoded, modelCount: models.count, deliver: $0) }
    try delivery?.begin()
    let outcome = try scorer.run(
      encoded.sequences, plan: plan,
      progress: progress.map { handler in
        { done, total in
          handler(.init(phase: "scoring", completed: done, total: total, unit: "tokens"))
        }
      },
      finished: { try delivery?.add($0, $1) },
      while: { deadline.map { .now < $0 } ?? true })
    return try zip(models, outcome.scores).map { model, scores in
      ScoredRequests(answers: try model.answers(encoded, scores), work: outcome.work)
    }
  }

  /// The requests in tokens.
  func encode(_ requests: [TextRequest]) throws -> EncodedRequests {
    let encoder = RequestEncoder(
      tokenizer: tokenizer, contextLength: contextLength,
      startTokenID: network.architecture.encoder == nil
        ? nil : network.architecture.startTokenID, encoding: options.encoding)
    return EncodedRequests(
      try network.workGroup.map(requests.count) { index in
        try encoder.sequences(requests[index], index: index)
      })
  }

  private func answers(
    _ requests: EncodedRequests, _ scores: [Scorer.Score]
  ) throws -> [LogLikelihood?] {
    if let index = scores.firstIndex(where: { !$0.value.isFinite }) {
      throw RequestError(
        index: requests.owners[index], path: path,
        "the model's logits are not finite (NaN or infinity)")
    }
    return requests.ranges.indices.map { requests.answer(to: $0, scores) }
  }
}
