/// A text that a model is to go on with.
public struct GenerationRequest: Hashable, Sendable {
  /// The text so far.
  public var context: String
  /// Texts that end the answer; none of them belongs to it.
  public var stops: [String]
  /// How many tokens are made at most.
  public var maximumTokenCount: Int

  /// Creates a request.
  public init(context: String, stops: [String], maximumTokenCount: Int) {
    self.context = context
    self.stops = stops
    self.maximumTokenCount = maximumTokenCount
  }
}

/// What a model made of a ``GenerationRequest``.
public struct GeneratedText: Hashable, Sendable {
  /// The answer, up to the first of the texts that end it.
  public var text: String
  /// How many tokens were made.
  public var tokenCount: Int
  /// How many tokens of a context that was too long for the model were cut from its start.
  public var droppedTokenCount: Int

  /// Creates a result.
  public init(text: String, tokenCount: Int, droppedTokenCount: Int = 0) {
    self.text = text
    self.tokenCount = tokenCount
    self.droppedTokenCount = droppedTokenCount
  }
}
