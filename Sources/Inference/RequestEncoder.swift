/// Turns text requests into token ids, with the boundary between context and continuation where
/// lm-evaluation-harness has it: 0.4.13, or the version that ``RequestEncoding/separate`` names.
struct RequestEncoder: Sendable {
  /// What the model is fed.
  struct Fed: Sendable, Hashable {
    /// What the encoder reads; empty where there is none.
    var context: [Int] = []
    /// What the decoder reads: context and continuation without the continuation's last token, or
    /// where an encoder reads the context the start token and the continuation likewise.
    var input: [Int]

    /// How many tokens both read.
    var length: Int { context.count + input.count }
  }

  /// What the model is fed, and which tokens are scored.
  struct Encoded: Sendable, Equatable {
    var fed: Fed
    /// The scored tokens; the last `continuation.count` positions of the input predict them.
    var continuation: [Int]
    /// How many tokens of a context that was too long were cut from its start.
    var droppedTokenCount = 0
  }

  let tokenizer: Tokenizer
  /// The longest input in tokens; longer ones lose their start.
  var contextLength: Int
  /// What the decoder reads first where an encoder reads the context; `nil` without one.
  var startTokenID: Int?
  /// Where the boundary falls.
  var encoding = RequestEncoding.joint

  /// The sequences that a request is scored in: one, or one for each window of a whole text.
  ///
  /// - Throws: As ``encode(_:index:)``.
  func sequences(_ request: TextRequest, index: Int) throws -> [Encoded] {
    guard !request.isRolling else { return try windows(request.continuation, index: index) }
    return switch encoding {
    case .joint: [try encode(request, index: index)]
    case .separate: [try encodeSeparately(request, index: index)]
    }
  }

  /// Encodes one request with a joint boundary.
  ///
  /// White space at the end of the context moves to the continuation. For a decoder alone, context and
  /// continuation are encoded together and cut after as many tokens as the context alone has, so a
  /// token that spans the boundary counts to neither side twice. For an encoder each is encoded by
  /// itself, the context with special tokens. An empty context becomes the prefix token.
  ///
  /// A context that has no tokens, such as white space alone, becomes the prefix token too.
  ///
  /// - Throws: ``RequestError`` if there is no token to score, if the continuation alone is longer
  ///   than the model's context, or if an empty context meets a tokenizer without a prefix token.
  func encode(_ request: TextRequest, index: Int) throws -> Encoded {
    let (context, continuation) =
      try request.context.isEmpty
      ? encodeWithoutContext(request.continuation, index: index)
      : encodePair(request, index: index)
    guard !continuation.isEmpty else {
      throw RequestError(
        index: index,
        request.continuation.isEmpty
          ? "the continuation is empty"
          : "no token is left to score: the continuation joins the context's last token")
    }
    return try encoded(context, continuation, index: index)
  }

  /// The sequence of a context and a continuation, without the start of a context that is too long.
  func encoded(_ context: [Int], _ continuation: [Int], index: Int) throws -> Encoded {
    guard continuation.count <= contextLength else {
      throw RequestError(
        index: index,
        "continuation of \(continuation.count) tokens does not fit the model's \(contextLength)")
    }
    if let startTokenID {
      return Encoded(
        fed: Fed(
          context: Array(context.suffix(contextLength)),
          input: [startTokenID] + continuation.dropLast()),
        continuation: continuation, droppedTokenCount: max(0, context.count - contextLength))
    }
    let whole = context + continuation
    return Encoded(
      fed: Fed(input: Array(whole.suffix(contextLength + 1).dropLast())),
      continuation: continuation, droppedTokenCount: max(0, whole.count - contextLength - 1))
  }

  private func encodePair(
    _ request: TextRequest, index: Int
  ) throws -> (context: [Int], continuation: [Int]) {
    let (context, spaces) = request.context.splittingTrailingWhitespace()
    let contextIDs = encode(context)
    let whole =
      startTokenID == nil
      ? encode(context + spaces + request.continuation)
      : contextIDs + tokenizer.encode(spaces + request.continuation, addsSpecialTokens: false)
    guard !contextIDs.isEmpty else { return (try prefix(index: index), whole) }
    return (contextIDs, Array(whole.dropFirst(contextIDs.count)))
  }

  /// The token before an empty context.
  func prefix(index: Int) throws -> [Int] {
    guard let prefix = tokenizer.prefixTokenID else {
      throw RequestError(
        index: index,
        "an empty context needs a beginning or end of sequence token, and the tokenizer names none")
    }
    return [prefix]
  }

  /// A text that already starts with the prefix token does not get it a second time.
  func encode(_ text: String) -> [Int] {
    let prefix = tokenizer.prefixTokenID.flatMap(tokenizer.token) ?? ""
    let startsWithPrefix = !prefix.isEmpty && text.utf8.starts(with: prefix.utf8)
    return tokenizer.encode(text, addsSpecialTokens: !startsWithPrefix)
  }

  private func encodeWithoutContext(
    _ text: String, index: Int
  ) throws -> (context: [Int], continuation: [Int]) {
    let ids = tokenizer.encode(text, addsSpecialTokens: false)
    let prefix = try prefix(index: index)
    return (prefix, ids.first == prefix[0] ? Array(ids.dropFirst()) : ids)
  }
}

extension String {
  /// The text and the white space at its end (Python's `str.rstrip`).
  fileprivate func splittingTrailingWhitespace() -> (text: String, spaces: String) {
    var kept = unicodeScalars[...]
    while let last = kept.last, last.isPythonWhitespace { kept.removeLast() }
    return (String(kept), String(unicodeScalars[kept.endIndex...]))
  }
}

extension Unicode.Scalar {
  /// What Python's `str.isspace` takes for white space: White_Space and U+001C to U+001F.
  var isPythonWhitespace: Bool {
    properties.isWhitespace || ("\u{1C}"..."\u{1F}").contains(self)
  }
}
