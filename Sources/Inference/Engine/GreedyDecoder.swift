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
    let hasEncoder = network.architecture.encoder != nil
    let context = hasEncoder ? prompt : []
    var text = hasEncoder ? [network.architecture.startTokenID] : prompt
    let capacity = text.count + min(max(maximumCount, 0), max(contextLength - text.count, 0))
    var pass = ForwardPass(network)
    var fedCount = 0
    var tokens: [Int] = []
    while tokens.count < maximumCount {
      guard text.count <= contextLength else { return Generation(tokens: tokens, end: .context) }
      // Where frequencies depend on the length, what was kept may no longer hold.
      if fedCount == 0 || !pass.holds(length: text.count) {
        try pass.start(context: context, length: text.count, capacity: capacity)
        fedCount = 0
      }
      let next = try likeliest(&pass, Array(text[fedCount...]))
      fedCount = text.count
      guard !endTokenIDs.contains(next) else { return Generation(tokens: tokens, end: .endToken) }
      tokens.append(next)
      text.append(next)
      visit(next)
    }
    return Generation(tokens: tokens, end: .count)
  }

  /// Feeds tokens and returns the one that follows, the lowest id among equals.
  private func likeliest(_ pass: inout ForwardPass, _ tokens: [Int]) throws -> Int {
    var token: Int?
    try pass.feed(tokens, scoredCount: 1) { _, logits in
      token = logits.logSumExp.isFinite ? logits.largestToken : nil
    }
    guard let token else {
      throw RequestError(index: 0, "the model's logits are not finite (NaN or infinity)")
    }
    return token
  }
}
