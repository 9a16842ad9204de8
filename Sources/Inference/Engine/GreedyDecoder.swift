/// Makes text token by token, each the likeliest.
struct GreedyDecoder {
  let network: Network
  /// How many tokens the decoder reads at most.
  let contextLength: Int
  /// The tokens that end a text.
  var endTokenIDs: Set<Int> = []

  /// Goes on with a text; where there is an encoder, it reads the prompt.
  ///
  /// Logits that are not finite are a ``RequestError``.
  func generate(
    from prompt: [Int], maximumCount: Int, _ visit: (Int) -> Void = { _ in }
  ) throws -> Generation {
    var stream = TokenStream(network)
    let startCount = network.architecture.encoder == nil ? prompt.count : 1
    stream.begin(
      prompt, appending: min(max(maximumCount, 0), max(contextLength - startCount, 0)))
    var tokens: [Int] = []
    while tokens.count < maximumCount {
      guard stream.tokens.count <= contextLength else {
        return Generation(tokens: tokens, end: .context)
      }
      let next = try stream.next()
      guard !endTokenIDs.contains(next) else { return Generation(tokens: tokens, end: .endToken) }
      tokens.append(next)
      stream.append(next)
      visit(next)
    }
    return Generation(tokens: tokens, end: .count)
  }
}
