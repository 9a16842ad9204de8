/// A number, and how far resampling the items lets it go.
public struct Estimate: Sendable, Equatable {
  /// The number.
  public var value: Double
  /// The 95 % interval; `nil` where it could not be computed.
  public var interval: ClosedRange<Double>?

  /// Creates an estimate.
  public init(_ value: Double, interval: ClosedRange<Double>? = nil) {
    self.value = value
    self.interval = interval
  }

  /// Whether the interval leaves 0 out.
  public var isClear: Bool { interval.map { !$0.contains(0) } ?? false }
}
