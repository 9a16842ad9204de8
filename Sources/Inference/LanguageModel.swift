public import Core
public import Formats
import Synchronization

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
  /// How numbers are computed, as results record it, such as `f32 (avx512)`.
  public var numerics: String { "f32 (\(Kernels.best.name))" }

  let network: Network
  private let workGroup: WorkGroup

  /// Loads a model: reads, decodes and packs every weight.
  ///
  /// - Parameters:
  ///   - source: A model with its tokenizer: in the GGUF file, or beside the weights.
  ///   - workGroup: The threads that load and score.
  /// - Throws: `InputError` for an architecture that cannot be run, a missing tokenizer, a
  ///   vocabulary that does not fit the embedding, or a tensor of the wrong shape.
  public init(_ source: ModelSource, workGroup: WorkGroup) throws {
    let checkpoint = source.checkpoint
    path = source.path
    let architecture = try Architecture(source)
    tokenizer = try Tokenizer(checkpoint)
    try Self.requireFit(tokenizer, architecture, checkpoint)
    contextLength = architecture.contextLength
    endTokenIDs = checkpoint.config?.endTokenIDs ?? []
    network = Network(
      architecture: architecture,
      weights: try ModelWeights(source, architecture, workGroup: workGroup))
    self.workGroup = workGroup
  }

  /// Loads a checkpoint as it is.
  public init(_ checkpoint: Checkpoint, workGroup: WorkGroup) throws {
    try self.init(ModelSource(checkpoint), workGroup: workGroup)
  }

  /// Finds out whether a model can be scored, without reading its weights.
  ///
  /// - Parameter source: The model.
  /// - Throws: `InputError` for an architecture that cannot be run, a tensor of no use to it, a
  ///   missing tokenizer, or a vocabulary that does not fit the embedding.
  public static func check(_ source: ModelSource) throws {
    let checkpoint = source.checkpoint
    let architecture = try Architecture(source)
    try WeightReader(source: source, architecture).requireNothingElse(than: architecture)
    try requireFit(try Tokenizer(checkpoint), architecture, checkpoint)
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
  ///   - progress: Told how many requests are done.
  /// - Returns: One result for each request, in their order; the same bits for any thread count and
  ///   any other requests.
  /// - Throws: ``RequestError`` for the first request that cannot be scored, or for which the model
  ///   computes values that are not finite.
  public func logLikelihoods(
    of requests: [TextRequest], progress: WorkProgress.Handler? = nil
  ) throws -> [LogLikelihood] {
    let encoder = RequestEncoder(
      tokenizer: tokenizer, contextLength: contextLength,
      startTokenID: network.architecture.encoder == nil
        ? nil : network.architecture.startTokenID)
    let encoded = try workGroup.map(requests.count) { index in
      try encoder.encode(requests[index], index: index)
    }
    // Requests that feed the model the same tokens share one run.
    let runs = Dictionary(grouping: encoded.indices, by: { encoded[$0].fed })
      .sorted {
        $0.key.length != $1.key.length
          ? $0.key.length > $1.key.length : $0.value[0] < $1.value[0]
      }
    let tables = PositionTables(
      network, positionCount: runs.map { max($0.key.context.count, $0.key.input.count) }.max() ?? 0)
    let results = Mutex([LogLikelihood?](repeating: nil, count: requests.count))
    let completed = Atomic(0)
    try workGroup.forEach(
      runs.count,
      state: { ForwardPass(network, tables: tables) }
    ) { pass, index in
      let (fed, members) = runs[index]
      let scores = try score(fed, members.map { (index: $0, request: encoded[$0]) }, with: &pass)
      results.withLock { for (member, score) in zip(members, scores) { $0[member] = score } }
      let done = completed.add(members.count, ordering: .relaxed).newValue
      progress?(.init(phase: "scoring", completed: done, total: requests.count, unit: "requests"))
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  /// Runs one input and scores requests that all feed it to the model.
  private func score(
    _ fed: RequestEncoder.Fed, _ members: [(index: Int, request: RequestEncoder.Encoded)],
    with pass: inout ForwardPass
  ) throws -> [LogLikelihood] {
    var scores = members.map { _, request in
      LogLikelihood(
        value: 0, isGreedy: true, tokenCount: request.continuation.count,
        droppedTokenCount: request.droppedTokenCount)
    }
    let scoredCount = members.map(\.request.continuation.count).max() ?? 0
    pass.run(context: fed.context, fed.input, scoredCount: scoredCount) { position, logits in
      let logSumExp = logits.logSumExp
      let largest = logits.largestToken
      for (member, (_, request)) in members.enumerated() {
        let place = position - (fed.input.count - request.continuation.count)
        guard place >= 0 else { continue }
        let token = request.continuation[place]
        scores[member].value += Double(logits[token]) - logSumExp
        scores[member].isGreedy = scores[member].isGreedy && token == largest
      }
    }
    if let member = scores.firstIndex(where: { !$0.value.isFinite }) {
      throw RequestError(
        index: members[member].index, "the model's logits are not finite (NaN or infinity)")
    }
    return scores
  }
}
