extension RequestEncoder {
  /// How many tokens an encoder and its decoder read at most, whatever the model says of itself.
  private static let longestSeparate = 2048

  /// Encodes context and continuation each by itself, as lm-evaluation-harness did at commit 44275ae.
  ///
  /// For a decoder alone neither gets special tokens, and an empty context becomes the end of sequence.
  /// For an encoder both get them, an empty context is the text of the end of sequence, and the
  /// continuation loses the white space at its start; what is longer than 2048 tokens loses its start.
  ///
  /// - Throws: As ``encode(_:index:)``.
  func encodeSeparately(_ request: TextRequest, index: Int) throws -> Encoded {
    let isEmpty = request.context.isEmpty
    guard startTokenID != nil else {
      let context =
        isEmpty
        ? [try endToken(index: index)]
        : tokenizer.encode(request.context, addsSpecialTokens: false)
      let continuation = tokenizer.encode(request.continuation, addsSpecialTokens: false)
      guard !context.isEmpty else { throw RequestError(index: index, "the context has no tokens") }
      guard !continuation.isEmpty else {
        throw RequestError(index: index, "the continuation is empty")
      }
      return try encoded(context, continuation, index: index)
    }
    let text =
      isEmpty ? tokenizer.token(try endToken(index: index)) ?? "" : request.context
    let continuation = tokenizer.encode(request.continuation.withoutLeadingWhitespace)
    guard !continuation.isEmpty else {
      throw RequestError(index: index, "the continuation is empty")
    }
    var encoder = self
    encoder.contextLength = Self.longestSeparate
    return try encoder.encoded(
      tokenizer.encode(text), Array(continuation.suffix(Self.longestSeparate)), index: index)
  }

  /// The end of sequence, which stands before a text without a context.
  func endToken(index: Int) throws -> Int {
    guard let end = tokenizer.endTokenID else {
      throw RequestError(
        index: index,
        "an empty context needs an end of sequence token, and the tokenizer names none")
    }
    return end
  }
}

extension String {
  /// The text without the white space at its start (Python's `str.lstrip`).
  fileprivate var withoutLeadingWhitespace: String {
    String(unicodeScalars.drop(while: \.isPythonWhitespace))
  }
}
