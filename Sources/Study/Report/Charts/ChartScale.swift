import Core

/// A scale from values to positions, with round tick marks.
struct ChartScale {
  let low: Double
  let high: Double
  let ticks: [Double]
  private let step: Double
  private let start: Double
  private let end: Double

  /// Fits a scale to values.
  ///
  /// - Parameters:
  ///   - values: What must fit on it.
  ///   - start: The position of the lower end.
  ///   - end: The position of the upper end.
  ///   - tickCount: About how many ticks there are.
  init(fitting values: [Double], from start: Double, to end: Double, tickCount: Int = 5) {
    let least = values.min() ?? 0
    let most = values.max() ?? 1
    let span = most > least ? most - least : max(abs(most), 1)
    let step = Self.roundStep(span / Double(max(1, tickCount)))
    low = (least / step).rounded(.down) * step
    high = max((most / step).rounded(.up) * step, low + step)
    self.step = step
    self.start = start
    self.end = end
    let count = Int(((high - low) / step).rounded())
    let first = low
    ticks = (0...count).map { first + Double($0) * step }
  }

  func position(_ value: Double) -> Double {
    start + (value - low) / (high - low) * (end - start)
  }

  /// The position of a value, or of the end of the scale that it lies beyond.
  func clampedPosition(_ value: Double) -> Double { position(min(high, max(low, value))) }

  /// A tick's label, with as many decimals as the ticks need.
  func label(_ tick: Double) -> String {
    var decimals = 0
    var scaled = step
    while decimals < 6, abs(scaled - scaled.rounded()) > 1e-9 * max(1, scaled) {
      decimals += 1
      scaled *= 10
    }
    return step < 1e-5
      ? NumberText.significant(tick, digits: 2)
      : NumberText.fixed(tick, decimals: decimals)
  }

  /// 1, 2 or 5 times a power of ten, not below a width.
  private static func roundStep(_ width: Double) -> Double {
    var power = 1.0
    while power > width { power /= 10 }
    while power * 10 <= width { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= width * 0.999 } ?? power * 10
  }
}
