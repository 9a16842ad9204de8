public import Core

extension LanguageModel {
  /// Goes on with texts, always by the likeliest token, as lm-evaluation-harness 0.4.13 does
  /// (`generate_until` without sampling).
  ///
  /// A context that leaves no room for what is to be made loses its start; an encoder's where it is
  /// longer than the model's context. A text ends at the model's own end, at one of the request's texts,
  /// or at the end of sequence's; it is cut before the first of those in their order. An encoder-decoder
  /// may make as many tokens more as its context has, but one: the harness counts them so. The end
  /// tokens, the penalty for repetitions and the largest count of `generation_config.json` are followed.
  ///
  /// - Parameters:
  ///   - requests: The texts.
  ///   - deadline: When no further text is begun; `nil` for never.
  ///   - progress: Told how many texts are done.
  ///   - deliver: Told each answer once, when it is known; what it throws ends the run.
  /// - Returns: One answer for each request, in their order, the same for any other requests; `nil` for
  ///   those that the time did not suffice for.
  /// - Throws: `InputError` for what `generation_config.json` asks for and is not supported;
  ///   ``RequestError`` for a context without tokens, for more new tokens than the model's
  ///   context has room for, or for logits that are not finite; `CheckpointError` for a tensor that
  ///   cannot be decoded; what `deliver` throws.
  public func generate(
    _ requests: [GenerationRequest], until deadline: ContinuousClock.Instant? = nil,
    progress: WorkProgress.Handler? = nil,
    deliver: (([(request: Int, answer: GeneratedText)]) throws -> Void)? = nil
  ) throws -> [GeneratedText?] {
    if let problem = generation.problem { throw problem }
    let hasEncoder = network.architecture.encoder != nil
    let encoder = GenerationEncoder(
      tokenizer: tokenizer, contextLength: contextLength, hasEncoder: hasEncoder,
      maximumCount: generation.maximumCount)
    let prompts = try network.workGroup.map(requests.count) { index in
      try encoder.encode(requests[index], index: index)
    }
    var writer = TextWriter(
      network: limitedNetwork(
        positions: prompts.reduce(0) { max($0, $1.positionCount(hasEncoder: hasEncoder)) },
        blockRows: prompts.reduce(0) { max($0, $1.tokens.count) }),
      tokenizer: tokenizer, endTokenIDs: Set(endTokenIDs), hasEncoder: hasEncoder,
      repetitionPenalty: generation.repetitionPenalty)
    // Neighbours have as much in common as can be.
    let order = prompts.indices.sorted { first, second in
      prompts[first].tokens.lexicographicallyPrecedes(prompts[second].tokens)
    }
    var answers = [GeneratedText?](repeating: nil, count: requests.count)
    for (number, index) in order.enumerated() {
      if let deadline, .now >= deadline { break }
      let answer = try writer.write(requests[index], prompts[index], index: index, path: path)
      answers[index] = answer
      try deliver?([(index, answer)])
      progress?(
        WorkProgress(
          phase: "generating", completed: number + 1, total: requests.count, unit: "texts"))
    }
    return answers
  }
}

/// Turns texts that are to be gone on with into tokens.
struct GenerationEncoder: Sendable {
  /// A text in tokens.
  struct Prompt: Sendable {
    var tokens: [Int]
    /// How many tokens are made at most.
    var maximumCount: Int
    var droppedTokenCount: Int

    /// How many positions the decoder has at most.
    func positionCount(hasEncoder: Bool) -> Int {
      (hasEncoder ? 1 : tokens.count) + maximumCount
    }
  }

  /// How many tokens can be asked for, since there must be memory for their positions.
  private static let mostTokens = 1 << 16

  let tokenizer: Tokenizer
  /// How many tokens a model reads at most.
  let contextLength: Int
  let hasEncoder: Bool
  /// How many tokens are made at most, whatever is asked for.
  var maximumCount: Int?

  /// Encodes the context of a request.
  func encode(_ request: GenerationRequest, index: Int) throws -> Prompt {
    let count = request.maximumTokenCount
    let room = hasEncoder ? contextLength : contextLength - count
    guard count <= Self.mostTokens else {
      throw RequestError(index: index, "\(count) new tokens are more than \(Self.mostTokens)")
    }
    guard room > 0 else {
      throw RequestError(
        index: index,
        "\(count) new tokens leave no room for a context in the model's \(contextLength)")
    }
    let tokens = tokenizer.encode(
      request.context, addsSpecialTokens: !startsWithBegin(request.context))
    guard !tokens.isEmpty else { throw RequestError(index: index, "the context has no tokens") }
    let kept = Array(tokens.suffix(room))
    // The model's own count goes before what is asked for, but not beyond its context.
    let own = maximumCount.map { max(0, min($0, contextLength - (hasEncoder ? 0 : kept.count))) }
    return Prompt(
      tokens: kept, maximumCount: own ?? max(0, hasEncoder ? kept.count + count - 1 : count),
      droppedTokenCount: tokens.count - kept.count)
  }

  /// Whether a decoder's context begins with the beginning of sequence already.
  private func startsWithBegin(_ text: String) -> Bool {
    guard !hasEncoder, let begin = tokenizer.beginTokenID.flatMap(tokenizer.token) else {
      return false
    }
    return text.utf8.starts(with: begin.utf8)
  }
}
