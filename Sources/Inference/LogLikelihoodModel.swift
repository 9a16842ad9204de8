public import Core

/// Text that conditions, and text that is scored given it.
public struct TextRequest: Hashable, Sendable {
  /// The conditioning text; may be empty.
  public var context: String
  /// The scored text; a leading space belongs to it.
  public var continuation: String

  /// Creates a request.
  public init(context: String, continuation: String) {
    self.context = context
    self.continuation = continuation
  }
}

/// How likely a model finds a continuation.
public struct LogLikelihood: Hashable, Sendable {
  /// The sum of the natural-log probabilities of the continuation's tokens; at most 0.
  public var value: Double
  /// Whether every token of the continuation was the arg-max.
  public var isGreedy: Bool
  /// How many tokens were scored.
  public var tokenCount: Int
  /// How many tokens of a context that was too long for the model were cut from its start.
  public var droppedTokenCount: Int

  /// Creates a result.
  public init(value: Double, isGreedy: Bool, tokenCount: Int, droppedTokenCount: Int = 0) {
    self.value = value
    self.isGreedy = isGreedy
    self.tokenCount = tokenCount
    self.droppedTokenCount = droppedTokenCount
  }
}

/// What can score text: a language model, or a stand-in for one in tests.
public protocol LogLikelihoodModel: Sendable {
  /// Scores every request.
  ///
  /// A result depends on its own request alone, never on the others, their order or the number of
  /// threads: the same bits every time.
  ///
  /// - Parameters:
  ///   - requests: What is scored.
  ///   - progress: Told how many requests are done.
  /// - Returns: One result for each request, in their order.
  /// - Throws: ``RequestError`` where a request cannot be scored, such as an empty continuation.
  func logLikelihoods(of requests: [TextRequest], progress: WorkProgress.Handler?) throws
    -> [LogLikelihood]

  /// Scores as many requests as the time suffices for, and says what it took.
  ///
  /// - Parameters:
  ///   - requests: What is scored.
  ///   - deadline: When no more work is begun; `nil` for never.
  ///   - progress: Told how much is done.
  ///   - plan: Told what will be done, before it is.
  /// - Returns: The answers, in the order of their requests, and the work.
  /// - Throws: As ``logLikelihoods(of:progress:)``.
  func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?
  ) throws -> ScoredRequests
}

extension LogLikelihoodModel {
  /// Scores all requests, without a plan and a record of the work.
  public func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?
  ) throws -> ScoredRequests {
    ScoredRequests(
      answers: try logLikelihoods(of: requests, progress: progress), work: ScoringWork())
  }
}
