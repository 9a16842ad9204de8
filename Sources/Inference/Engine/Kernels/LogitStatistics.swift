/// What is known of the logits of one row over some columns.
struct LogitStatistics: Sendable, Hashable {
  /// The largest one; NaN is never the largest, −∞ if there is no other.
  var largest: Float
  /// The first column that holds it; 0 if none is above −∞.
  var index: Int
  /// Σ exp(x − largest), or Σ exp(x) where the largest is −∞; NaN if any logit is.
  var sum: Double
}
