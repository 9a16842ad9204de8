/// Quantiles of the sizes of deltas, from a sketch.
///
/// The quantile *q* of *n* values is the one of rank ⌊*q* (*n* − 1)⌋, counted from 0 for the
/// smallest, without interpolation. It is estimated within ``relativeError`` of that value: the
/// values are counted in bins of 2⁶ to the power of two, as in DDSketch (arXiv 1908.10693) but for
/// the bins' even width within a power of two. Values below 2⁻¹²⁶ are within 2⁻¹²⁶.
///
/// Pairs with a NaN or an infinity are left out. The same for any number of threads and any order.
public struct DeltaQuantiles: Sendable, Equatable {
  /// The quantiles that are stated, in their order.
  public static let fractions = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]
  /// How far a quantile may be off, as a part of it: 2⁻⁷.
  public static let relativeError = LogHistogram.relativeError

  /// Quantiles of |o − b|, one for each of ``fractions``; `nil` for no values.
  public var absoluteDeltas: [Double?]
  /// Quantiles of |o − b| / |b|: zero where o = b, else infinite where b = 0; `nil` where the
  /// quantile is infinite.
  public var relativeDeltas: [Double?]

  init(_ sketch: DeltaSketch) {
    let count = sketch.deltas.total - sketch.nonFiniteCount
    let ranks = Self.fractions.map { Int(($0 * Double(count - 1)).rounded(.down)) }
    func values(_ histogram: LogHistogram) -> [Double?] {
      count > 0 ? ranks.map { histogram.value(ofRank: $0) } : ranks.map { _ in nil }
    }
    absoluteDeltas = values(sketch.deltas)
    relativeDeltas = values(sketch.quotients)
  }
}
