extension RequestEncoder {
  /// The windows that a whole text is scored in, as lm-evaluation-harness scores `loglikelihood_rolling`.
  ///
  /// Each token is scored once. The first window follows the prefix token, the others as many tokens as
  /// the model's context has room for beside those that they score, but at least one. An encoder reads
  /// what the decoder does not: of a full window that is one token.
  ///
  /// - Returns: The windows in their order; none for a text without tokens.
  /// - Throws: ``RequestError`` if the tokenizer names no prefix token, or for a text that is to be
  ///   encoded by itself for an encoder, for which there is no truth.
  func windows(_ text: String, index: Int) throws -> [Encoded] {
    let tokens: [Int]
    let prefix: [Int]
    switch encoding {
    case .joint: (tokens, prefix) = (encode(text), try self.prefix(index: index))
    case .separate:
      guard startTokenID == nil else {
        throw RequestError(
          index: index,
          "a whole text cannot be scored by an encoder-decoder in the paper's protocol")
      }
      tokens = tokenizer.encode(text, addsSpecialTokens: false)
      prefix = [try endToken(index: index)]
    }
    let first =
      try tokens.isEmpty
      ? [] : [encoded(prefix, Array(tokens.prefix(contextLength)), index: index)]
    let others = try stride(from: contextLength, to: tokens.count, by: contextLength).map { start in
      let end = min(start + contextLength, tokens.count)
      return try encoded(
        Array(tokens[(end - contextLength - 1)..<start]), Array(tokens[start..<end]), index: index)
    }
    return first + others
  }
}
