/// What one task, or one axis, lost along a run.
///
/// With *a*ₘ the score after stage *m*, *a*₀ the base's, *c* that of guessing and *N* stages:
///
/// | value | formula | source |
/// |---|---|---|
/// | ``fgPercent`` | mean over *m* = 1…*N* of (*a*₀ − *a*ₘ) / *a*₀ | Luo et al. 2023 (arXiv 2308.08747), equation 1 |
/// | ``finalDropPercent`` | (*a*₀ − *a*_N) / *a*₀ | the same ratio, after the last stage only |
/// | ``chanceCorrectedFGPercent`` | mean over *m* of (*a*₀ − *a*ₘ) / (*a*₀ − *c*) | Lethe: the share lost of what was above guessing |
/// | ``bwtPoints`` | *a*_N − *a*₀ | Lopez-Paz and Ranzato 2017 (arXiv 1706.08840), for a task that no stage trains |
/// | ``chaudhryForgettingPoints`` | max over *l* < *N* of *a*ₗ, minus *a*_N | Chaudhry et al. 2018 (arXiv 1801.10112) |
///
/// An axis's value is the mean over its tasks of the task's value: ratios first, then the mean, so
/// that it cannot be recomputed from the axis's mean scores. Where one task has no value the axis
/// has none either, and ``notes`` says why. A positive forgetting is a loss; a negative one is a
/// gain.
public struct Forgetting: Sendable, Equatable {
  /// One stage of the run.
  public struct Stage: Sendable, Equatable {
    /// The number of the stage, from 1.
    public var stage: Int
    /// The score after the stage, on the table's scale; `nil` where it was not given.
    public var score: Double?
    /// (*a*₀ − *a*ₘ) / *a*₀ in percent: this stage's part of FG.
    public var dropPercent: Double?
    /// (*a*₀ − *a*ₘ) / (*a*₀ − *c*) in percent.
    public var chanceCorrectedDropPercent: Double?
    /// (*a*ₘ₋₁ − *a*ₘ) / *a*₀ in percent: what this stage alone took.
    public var stepDropPercent: Double?
    /// Whether the score is at or below guessing; for an axis, whether any task's is.
    ///
    /// `nil` where the score of guessing is not known.
    public var isAtOrBelowChance: Bool?
  }

  /// The run.
  public var run: String
  /// The axis.
  public var axis: String
  /// The task; the axis's name in an axis's result.
  public var task: String
  /// How many tasks the result is of.
  public var taskCount: Int
  /// The base's score, on the table's scale; for an axis the mean of its tasks'.
  public var initial: Double
  /// The score after the last stage.
  public var final: Double
  /// The score of guessing; `nil` where it is not known for every task.
  public var chance: Double?
  /// Whether the base's score is at or below guessing; for an axis, whether any task's is.
  public var isInitialAtOrBelowChance: Bool?
  /// The forgetting FG of the paper, in percent.
  public var fgPercent: Double?
  /// The relative drop after the last stage, in percent.
  public var finalDropPercent: Double?
  /// FG of what the base had above guessing, in percent.
  public var chanceCorrectedFGPercent: Double?
  /// Backward transfer, in percentage points; negative where the score fell.
  public var bwtPoints: Double?
  /// The distance from the best earlier score, in percentage points.
  public var chaudhryForgettingPoints: Double?
  /// The stages after the base.
  public var stages: [Stage]
  /// What is not defined and why, and what a reader must know.
  public var notes: [String]
  /// How far resampling the items lets the values go; `nil` where only scores are known.
  public var intervals: ForgettingIntervals?
}
