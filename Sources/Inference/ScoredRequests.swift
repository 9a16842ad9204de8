/// What scoring requests found, and what it took.
public struct ScoredRequests: Sendable, Equatable {
  /// One answer for each request, in their order; `nil` for those that the time did not suffice for.
  public var answers: [LogLikelihood?]
  /// What it took; where the time did not suffice, only the computed positions are fewer than planned.
  public var work: ScoringWork

  /// Creates a result.
  public init(answers: [LogLikelihood?], work: ScoringWork) {
    self.answers = answers
    self.work = work
  }
}
