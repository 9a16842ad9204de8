/// Text that a model has gone on with.
public struct Generation: Sendable, Equatable {
  /// Why a text ended.
  public enum End: String, Sendable, Equatable {
    /// The model said that it ends here.
    case endToken
    /// As many tokens as were asked for have been made.
    case count
    /// The model's context is full.
    case context
  }

  /// The new tokens, without the one that ends the text.
  public var tokens: [Int]
  /// Why the text ended.
  public var end: End

  /// Creates a result.
  public init(tokens: [Int], end: End) {
    self.tokens = tokens
    self.end = end
  }
}

extension LanguageModel {
  /// Goes on with a text, each time by the token with the highest logit, the lowest id among equals.
  ///
  /// - Parameters:
  ///   - prompt: The tokens of the text so far; at least one, each of the vocabulary. An encoder reads
  ///     them where there is one, and the decoder begins with its start token.
  ///   - maximumCount: How many tokens are made at most.
  ///   - visit: Told each new token.
  /// - Returns: The same tokens as if the whole text were run for each of them.
  /// - Throws: ``RequestError`` for a prompt that is empty or too long, a token that the model does
  ///   not know, or logits that are not finite.
  public func generate(
    from prompt: [Int], maximumCount: Int, _ visit: (Int) -> Void = { _ in }
  ) throws -> Generation {
    guard !prompt.isEmpty else { throw RequestError(index: 0, "the prompt has no tokens") }
    guard prompt.count <= contextLength else {
      throw RequestError(
        index: 0, "prompt of \(prompt.count) tokens does not fit the model's \(contextLength)")
    }
    let vocabularySize = network.architecture.vocabularySize
    if let token = prompt.first(where: { !(0..<vocabularySize).contains($0) }) {
      throw RequestError(index: 0, "token \(token) is none of the model's \(vocabularySize)")
    }
    let positions = min(prompt.count + max(maximumCount, 0), contextLength)
    let decoder = GreedyDecoder(
      network: limitedNetwork(positions: positions, blockRows: prompt.count),
      contextLength: contextLength, endTokenIDs: Set(endTokenIDs))
    return try decoder.generate(from: prompt, maximumCount: maximumCount, visit)
  }

  /// The network within the memory that there is, for texts of so many positions whose prompts have so
  /// many tokens.
  func limitedNetwork(positions: Int, blockRows: Int) -> Network {
    network.limited(
      to: options.memoryByteCount ?? Scorer.defaultMemory, positions: positions,
      blockRows: min(blockRows, ForwardPass.blockRows))
  }
}
