/// How fast a model ran.
public struct ModelSpeed: Sendable, Equatable {
  /// How many tokens were read at once.
  public var prefillTokenCount: Int
  /// How many tokens were read one by one behind them.
  public var decodeTokenCount: Int
  /// How many runs the figures are medians of.
  public var runCount: Int
  /// Tokens a second while they are read at once, the last position's logits among the work.
  public var prefillTokensPerSecond: Double
  /// Tokens a second while they are read one by one, with the logits of each.
  public var decodeTokensPerSecond: Double
  /// 10⁹ floating-point operations a second while tokens are read at once.
  public var gflops: Double
  /// 10⁹ floating-point operations a second that this machine reaches at best in the same format.
  public var peakGflops: Double

  /// The share of the machine's peak that is reached while tokens are read at once.
  public var shareOfPeak: Double { gflops / peakGflops }
}
