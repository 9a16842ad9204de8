import Core
import Foundation

/// The standard error of a statistic as lm-eval's `bootstrap_stderr` draws it.
///
/// Each thousand of draws has a random number generator of its own, seeded with its number; a draw
/// takes as many items as there are, with `random.choices`. The result is the sample standard
/// deviation of the statistic over all draws.
enum HarnessBootstrap {
  /// How many draws lm-eval takes; of ``CorpusTextMetric`` only ``drawCountOfTexts``.
  static let drawCount = 100_000
  /// How many draws lm-eval takes of a metric that is slow to compute.
  static let drawCountOfTexts = 100
  private static let chunkSize = 1000

  /// Draws items again and again.
  ///
  /// - Parameters:
  ///   - count: How many items there are, at least one and fewer than 2³².
  ///   - iterations: How many draws; beyond a thousand only whole thousands are made.
  ///   - workGroup: The threads; the result does not depend on them.
  ///   - statistic: Computes the statistic of items from their positions, in the order drawn.
  /// - Returns: The standard error; `nil` of fewer than two draws.
  static func standardError(
    count: Int, iterations: Int = drawCount, workGroup: WorkGroup,
    statistic: @Sendable ([Int]) -> Double
  ) -> Double? {
    let size = min(chunkSize, iterations)
    guard iterations > 1 else { return nil }
    let chunks = try? workGroup.map(iterations / size) { chunk in
      var random = PythonRandom(seed: UInt64(chunk))
      var indices = [Int](repeating: 0, count: count)
      return (0..<size).map { _ in
        random.choose(into: &indices)
        return statistic(indices)
      }
    }
    return chunks.flatMap { deviation($0.flatMap(\.self)) }
  }

  /// The sample standard deviation, with the operations of lm-eval in its order.
  private static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + pow($1 - mean, 2) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
