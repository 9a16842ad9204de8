/// Text that grows token by token, each the likeliest behind those before it.
///
/// One stream can make several texts one after the other; what a text has in common with the one before
/// it need not go through the model again.
struct TokenStream {
  private let network: Network
  /// What logits of tokens that stand in the text already are divided by, or multiplied with.
  private let repetitionPenalty: Float
  private var pass: ForwardPass
  /// What an encoder read.
  private var context: [Int] = []
  /// The tokens so far; where there is an encoder, those that the decoder reads.
  private(set) var tokens: [Int] = []
  /// The tokens whose keys and values are kept.
  private var fed: [Int] = []
  /// How many tokens there is room for.
  private var capacity = 0

  init(_ network: Network, repetitionPenalty: Float = 1) {
    self.network = network
    self.repetitionPenalty = repetitionPenalty
    pass = ForwardPass(network)
  }

  /// Begins a text.
  ///
  /// - Parameters:
  ///   - prompt: What it begins with; where there is an encoder, what that reads.
  ///   - count: How many tokens will be appended at most.
  mutating func begin(_ prompt: [Int], appending count: Int) {
    let hasEncoder = network.architecture.encoder != nil
    let context = hasEncoder ? prompt : []
    tokens = hasEncoder ? [network.architecture.startTokenID] : prompt
    // The last token goes through again, since its logits are not kept.
    let shared = zip(fed, tokens.dropLast()).prefix { $0 == $1 }.count
    fed = hasEncoder || tokens.count + count > capacity ? [] : Array(fed.prefix(shared))
    (self.context, capacity) = (context, max(capacity, tokens.count + count))
  }

  /// The token that follows, the lowest id among equals.
  ///
  /// - Throws: ``RequestError`` for logits that are not finite; `CheckpointError` for a tensor that
  ///   cannot be decoded.
  mutating func next() throws -> Int {
    // Where frequencies depend on the length, what was kept may no longer hold.
    if fed.isEmpty || !pass.holds(length: tokens.count) {
      try pass.start(context: context, length: tokens.count, capacity: capacity)
      fed = []
    }
    pass.goBack(to: fed.count)
    var token: Int?
    let (known, penalty) = (repetitionPenalty == 1 ? [] : Set(tokens), repetitionPenalty)
    try pass.feed(Array(tokens[fed.count...]), scoredCount: 1) { _, logits in
      guard logits.logSumExp.isFinite else { return }
      token = known.isEmpty ? logits.largestToken : logits.largestToken(known, penalty: penalty)
    }
    fed = tokens
    guard let token else {
      throw RequestError(index: 0, "the model's logits are not finite (NaN or infinity)")
    }
    return token
  }

  /// Appends a token.
  mutating func append(_ token: Int) { tokens.append(token) }
}
