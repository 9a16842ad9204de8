/// What a series learned and kept over all of its new tasks.
///
/// With *a*ₛⱼ the score on task *j* after stage *s*, task *j* being trained in stage *j* of *N*:
///
/// | value | formula | source |
/// |---|---|---|
/// | ``plasticityPoints`` | mean over *j* of *a*ⱼⱼ − *a*ⱼ₋₁,ⱼ | what its own stage adds |
/// | ``bwtPoints`` | mean over *j* < *N* of *a*_Nⱼ − *a*ⱼⱼ | Lopez-Paz and Ranzato 2017 (arXiv 1706.08840); their code divides by *N* |
/// | ``forgettingPoints`` | mean over *j* < *N* of max over *l* < *N* of *a*ₗⱼ, minus *a*_Nⱼ | Chaudhry et al. 2018 (arXiv 1801.10112) |
/// | ``finalScore`` | mean over *j* of *a*_Nⱼ | average accuracy |
public struct LearningSummary: Sendable, Equatable {
  /// What a stage adds to its own task, in percentage points.
  public var plasticityPoints: Estimate
  /// What later stages changed, in percentage points: negative is a loss; `nil` of one stage.
  public var bwtPoints: Estimate?
  /// The distance from the best earlier score, in percentage points; `nil` of one stage.
  public var forgettingPoints: Estimate?
  /// The mean score of the new tasks at the end, 0 to 1.
  public var finalScore: Estimate
  /// How many new tasks were trained by a stage.
  public var taskCount: Int
}
