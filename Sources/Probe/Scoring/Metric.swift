/// A score of multiple-choice tasks, named as in task files and results.
public enum Metric: String, CaseIterable, Sendable {
  /// The share of items whose most likely choice is right; of equals the first counts.
  case accuracy = "acc"
  /// The same after each log-likelihood is divided by its choice's length in code points.
  case accuracyPerCharacter = "acc_norm"
}
