public import Core

/// Text that conditions, and text that is scored given it.
public struct TextRequest: Hashable, Sendable {
  /// The conditioning text; may be empty.
  public var context: String
  /// The scored text; a leading space belongs to it.
  public var continuation: String
  /// Whether the continuation is a whole text without a context, which may be longer than the model's
  /// context: it is scored from its first token on, in windows.
  public var isRolling = false

  /// Creates a request.
  public init(context: String, continuation: String) {
    self.context = context
    self.continuation = continuation
  }

  /// A whole text.
  public init(rolling text: String) {
    context = ""
    continuation = text
    isRolling = true
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

/// Is told answers as they become known: with the place of the model among those that are scored
/// together, which is 0 for one alone, and the request's among the requests.
public typealias AnswerHandler = ([(model: Int, request: Int, answer: LogLikelihood)]) throws ->
  Void

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
  ///   - deliver: Told each answer once, when it is known, by the thread that calls; what it throws ends
  ///     the run.
  /// - Returns: The answers, in the order of their requests, and the work.
  /// - Throws: As ``logLikelihoods(of:progress:)``, and what `deliver` throws.
  func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?, deliver: AnswerHandler?
  ) throws -> ScoredRequests

  /// Goes on with texts, always by the likeliest token.
  ///
  /// - Parameters:
  ///   - requests: The texts.
  ///   - deadline: When no more work is begun; `nil` for never.
  ///   - progress: Told how much is done.
  ///   - deliver: Told each answer once, when it is known, by the thread that calls; what it throws ends
  ///     the run.
  /// - Returns: One answer for each request, in their order; `nil` for those that the time did not
  ///   suffice for.
  /// - Throws: ``RequestError`` where a text cannot be gone on with, and what `deliver` throws.
  func generate(
    _ requests: [GenerationRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?,
    deliver: (([(request: Int, answer: GeneratedText)]) throws -> Void)?
  ) throws -> [GeneratedText?]
}

extension LogLikelihoodModel {
  /// Scores all requests, without a plan and a record of the work.
  public func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?, deliver: AnswerHandler?
  ) throws -> ScoredRequests {
    let answers = try logLikelihoods(of: requests, progress: progress)
    try deliver?(answers.enumerated().map { (model: 0, request: $0, answer: $1) })
    return ScoredRequests(answers: answers, work: ScoringWork())
  }

  /// Scores as many requests as the time suffices for, without telling answers before the end.
  public func score(
    _ requests: [TextRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?, plan: ((ScoringPlan) -> Void)?
  ) throws -> ScoredRequests {
    try score(requests, until: deadline, progress: progress, plan: plan, deliver: nil)
  }

  /// Refuses: not all that finds texts likely or not can write one.
  public func generate(
    _ requests: [GenerationRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?,
    deliver: (([(request: Int, answer: GeneratedText)]) throws -> Void)?
  ) throws -> [GeneratedText?] {
    guard requests.isEmpty else { throw InputError("this model cannot generate text") }
    return []
  }
}
