public import Inference

/// What is put to a model about an item.
public enum ItemRequest: Hashable, Sendable {
  /// How likely a text is, after another or (``TextRequest/isRolling``) from its first token on.
  case text(TextRequest)
  /// How a text goes on.
  case generation(GenerationRequest)
}

/// What a model said to an ``ItemRequest``.
public enum ItemAnswer: Hashable, Sendable {
  case logLikelihood(LogLikelihood)
  case text(GeneratedText)
}
