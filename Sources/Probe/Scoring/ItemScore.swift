/// What a metric makes of one item; an ``Aggregation`` makes one number of those of all items.
enum ItemScore: Hashable, Sendable {
  /// A number of its own: 1 or 0 for right or wrong, a log-likelihood, a share.
  case number(Double)
  /// A sum and what it is divided by in the end, such as a log-likelihood and the words it is of.
  case weighted(Double, weight: Double)
  /// The class that is right and the one that was chosen.
  case classified(gold: Int, prediction: Int)
  /// The right choice and how probable each choice was found.
  case distribution(gold: Int, probabilities: [Double])
  /// The texts that would be right and the one that was made.
  case texts(references: [String], prediction: String)
}
