import Probe

/// Metrics as a person reads them.
enum MetricText {
  /// Whether a metric's values are shares from 0 to 1, which people read in percent.
  static func isShare(_ name: String) -> Bool {
    switch Metric(rawValue: name) {
    case .perplexity, .wordPerplexity, .bytePerplexity, .bitsPerByte, .bleu, .chrf, .chrfWords,
      .ter, .brierScore, .matthewsCorrelation:
      false
    case nil: ["pct_stereotype", "mrr"].contains(name) || name.hasPrefix("r@")
    default: true
    }
  }
}
