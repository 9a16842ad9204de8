import Statistics

/// The mean score of an axis's tasks after one stage.
public struct AxisScore: Sendable, Equatable {
  /// The mean of the tasks' scores, each task counted once, 0 to 1.
  public var value: Double
  /// The standard error of the mean, from those of the tasks; `nil` where one is not known.
  public var standardError: Double?
  /// The mean of the tasks' scores of guessing; `nil` where one is not known.
  public var chance: Double?

  /// Averages scores; `nil` of none.
  init?(_ scores: [TaskScore]) {
    guard let value = mean(scores.map(\.value)) else { return nil }
    self.value = value
    chance = mean(ofAll: scores.map(\.chance))
    let errors = scores.compactMap(\.standardError)
    // Tasks have different items, so their errors are independent: variances add.
    standardError =
      errors.count == scores.count
      ? errors.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(errors.count) : nil
  }
}
