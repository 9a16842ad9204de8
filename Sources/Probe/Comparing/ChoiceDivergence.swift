import Foundation

/// How far apart the probabilities are that two checkpoints give to the same choices.
public enum ChoiceDivergence {
  /// KL(p ‖ q) in nats of the softmax of log-likelihoods: what coding p's choices by q costs.
  ///
  /// - Parameters:
  ///   - first: The log-likelihoods of the choices that p is of.
  ///   - second: Those that q is of, as many.
  /// - Returns: A number that is not negative; `nil` where a log-likelihood is not finite.
  public static func nats(_ first: [Double], _ second: [Double]) -> Double? {
    guard first.count == second.count, (first + second).allSatisfy(\.isFinite) else { return nil }
    let (p, q) = (logProbabilities(first), logProbabilities(second))
    // Rounding may leave a trace below 0 where the two are the same.
    return max(0, zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
  }

  private static func logProbabilities(_ values: [Double]) -> [Double] {
    let largest = values.max() ?? 0
    let sum = values.reduce(0) { $0 + exp($1 - largest) }
    return values.map { $0 - largest - log(sum) }
  }
}
