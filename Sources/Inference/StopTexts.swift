/// The texts that end what a model makes, as lm-evaluation-harness 0.4.13 looks for them.
struct StopTexts {
  /// A text, and how many of the last tokens it is looked for in.
  private struct Stop {
    var text: [UInt8]
    var lookbackCount: Int
  }

  private let stops: [Stop]
  private let tokenizer: Tokenizer
  private let unseenCount: Int

  /// How many tokens more than its own a text is looked for in, since other tokens can spell it too.
  private static let extraTokenCount = 2

  /// Creates the texts.
  ///
  /// - Parameters:
  ///   - texts: The texts in the order in which an answer is cut at them.
  ///   - tokenizer: The model's tokenizer.
  ///   - unseenCount: How many of the first tokens are not looked at.
  init(_ texts: [String], _ tokenizer: Tokenizer, unseenCount: Int) {
    self.tokenizer = tokenizer
    self.unseenCount = unseenCount
    stops = texts.map { text in
      let count = tokenizer.encode(text, addsSpecialTokens: false).count
      return Stop(text: Array(text.utf8), lookbackCount: count + Self.extraTokenCount)
    }
  }

  /// Whether an answer ends with its last token.
  func end(_ tokens: [Int]) throws -> Bool {
    // What is not looked at is cut all the same, and no later token changes where.
    if unseenCount > 0 {
      let text = Array(try decode(tokens, skipsSpecialTokens: true).utf8)
      if stops.contains(where: { !$0.text.isEmpty && text.contains($0.text) }) { return true }
    }
    let seen = tokens.dropFirst(unseenCount)
    return try stops.contains { stop in
      let text = try decode(Array(seen.suffix(stop.lookbackCount)), skipsSpecialTokens: false)
      return Array(text.utf8).contains(stop.text)
    }
  }

  /// The text of an answer, up to the first place of each of the texts.
  func cut(_ tokens: [Int]) throws -> String {
    var text = Array(try decode(tokens, skipsSpecialTokens: true).utf8)
    for stop in stops where !stop.text.isEmpty {
      if let place = text.firstRange(of: stop.text) { text.removeSubrange(place.lowerBound...) }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func decode(_ tokens: [Int], skipsSpecialTokens: Bool) throws -> String {
    // Embeddings may have more rows than there are tokens; a row without one has no text.
    try tokenizer.decode(
      tokens.filter { tokenizer.token($0) != nil }, skipsSpecialTokens: skipsSpecialTokens)
  }
}
