/// Makes the texts that requests ask for, one after the other.
struct TextWriter {
  private let tokenizer: Tokenizer
  private let endTokenIDs: Set<Int>
  private let hasEncoder: Bool
  private var stream: TokenStream

  init(
    network: Network, tokenizer: Tokenizer, endTokenIDs: Set<Int>, hasEncoder: Bool,
    repetitionPenalty: Float
  ) {
    self.tokenizer = tokenizer
    self.endTokenIDs = endTokenIDs
    self.hasEncoder = hasEncoder
    stream = TokenStream(network, repetitionPenalty: repetitionPenalty)
  }

  /// Makes one text.
  ///
  /// - Throws: ``RequestError`` with the request's index and the model's path for logits that are not
  ///   finite.
  mutating func write(
    _ request: GenerationRequest, _ prompt: GenerationEncoder.Prompt, index: Int, path: String
  ) throws -> GeneratedText {
    let end = try tokenizer.endTokenID.map { try tokenizer.decode([$0]) }
    let stops = StopTexts(
      request.stops + (end.map { request.stops.contains($0) ? [] : [$0] } ?? []), tokenizer,
      // The harness does not look at as many of an answer's first tokens as the context has.
      unseenCount: hasEncoder ? prompt.tokens.count - 1 : 0)
    stream.begin(prompt.tokens, appending: prompt.maximumCount)
    var tokens: [Int] = []
    do {
      while tokens.count < prompt.maximumCount {
        let next = try stream.next()
        // An end that is no special token has a text of its own, which belongs to the answer.
        tokens.append(next)
        guard !endTokenIDs.contains(next) else { break }
        stream.append(next)
        if try stops.end(tokens) { break }
      }
    } catch let error as RequestError {
      throw RequestError(index: index, path: path, error.message)
    }
    return GeneratedText(
      text: try stops.cut(tokens), tokenCount: tokens.count,
      droppedTokenCount: prompt.droppedTokenCount)
  }
}
