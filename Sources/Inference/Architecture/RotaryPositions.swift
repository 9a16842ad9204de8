import Foundation

/// Rotary positions: pair i of a head is turned by position · frequency i.
struct RotaryPositions: Sendable, Equatable {
  /// How many of a head's elements are turned; element i is paired with element i + dimension / 2.
  var dimension: Int
  /// The base: frequency i is θ^(-2i / dimension) where nothing stretches it.
  var theta: Double
  /// How frequencies are stretched.
  var scaling = Scaling.none

  /// How frequencies are stretched for sequences longer than the model was first trained with.
  enum Scaling: Sendable, Equatable {
    case none
    /// All are divided by a factor.
    case linear(factor: Double)
    /// Slow ones are divided by a factor, fast ones stay.
    case llama3(factor: Double, lowFactor: Double, highFactor: Double, originalLength: Double)
    case yarn(Yarn)
    /// The base grows with sequences longer than `length`.
    case dynamic(factor: Double, length: Int)
    /// Each is divided by a number of its own.
    case divisors([Float])
    case longRope(LongRope)
  }

  /// YaRN: pairs that turn often within the original length stay, those that turn less than
  /// `slowTurns` times are divided by the factor, the ones between go over from one to the other.
  struct Yarn: Sendable, Equatable {
    var factor: Double
    var originalLength: Double
    var fastTurns = 32.0
    var slowTurns = 1.0
    /// Whether the borders are rounded to whole pairs.
    var isTruncated = true
    /// What cosines and sines are multiplied with.
    var attentionFactor: Double
  }

  /// LongRoPE: each frequency is divided by a number of its own, one for sequences of up to
  /// `originalLength`, another for longer ones.
  struct LongRope: Sendable, Equatable {
    var short: [Float]
    var long: [Float]
    var originalLength: Int
    /// What cosines and sines are multiplied with.
    var attentionFactor: Double
  }

  /// What cosines and sines are multiplied with.
  var attentionFactor: Float {
    switch scaling {
    case .yarn(let yarn): Float(yarn.attentionFactor)
    case .longRope(let rope): Float(rope.attentionFactor)
    default: 1
    }
  }

  /// The greatest length of sequences that have the same frequencies as one of `length` positions.
  func lastLength(like length: Int) -> Int {
    switch scaling {
    case .dynamic(_, let limit): max(length, limit)
    case .longRope(let rope): length > rope.originalLength ? .max : rope.originalLength
    default: .max
    }
  }

  /// The frequencies of all pairs in a sequence of `length` positions.
  ///
  /// They are computed in f32 step by step as transformers does, so that angles at far positions
  /// agree.
  func frequencies(length: Int) -> [Float] {
    let plain = Self.frequencies(theta: Float(theta), dimension: dimension)
    switch scaling {
    case .none: return plain
    case .linear(let factor): return plain.map { $0 / Float(factor) }
    case .llama3(let factor, let low, let high, let original):
      return plain.map {
        Self.llama3(
          $0, factor: Float(factor), low: Float(low), high: Float(high), original: original)
      }
    case .yarn(let yarn): return frequencies(yarn)
    case .dynamic(let factor, let maximum):
      guard length > maximum else { return plain }
      let growth =
        Float(factor) * Float(length) / Float(maximum) - Float(factor - 1)
      let exponent = Float(Double(dimension) / Double(dimension - 2))
      return Self.frequencies(
        theta: Float(theta) * powf(growth, exponent), dimension: dimension)
    case .divisors(let divisors): return divided(by: divisors)
    case .longRope(let rope):
      return divided(by: length > rope.originalLength ? rope.long : rope.short)
    }
  }

  private func divided(by divisors: [Float]) -> [Float] {
    divisors.enumerated().map { pair, divisor in
      1 / (divisor * powf(Float(theta), Float(2 * pair) / Float(dimension)))
    }
  }

  private static func frequencies(theta: Float, dimension: Int) -> [Float] {
    (0..<dimension / 2).map { 1 / powf(theta, Float(2 * $0) / Float(dimension)) }
  }

  private static func llama3(
    _ frequency: Float, factor: Float, low: Float, high: Float, original: Double
  ) -> Float {
    let wavelength = Float(2 * Double.pi) / frequency
    if wavelength < Float(original / Double(high)) { return frequency }
    if wavelength > Float(original / Double(low)) { return frequency / factor }
    let smooth = (Float(original) / wavelength - low) / (high - low)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }

  private func frequencies(_ yarn: Yarn) -> [Float] {
    /// The pair that turns so many times within the original length.
    func pair(turns: Double) -> Double {
      Double(dimension) * log(yarn.originalLength / (turns * 2 * .pi)) / (2 * log(theta))
    }
    var low = pair(turns: yarn.fastTurns)
    var high = pair(turns: yarn.slowTurns)
    if yarn.isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Double(dimension - 1)))
    if low == high { high += 0.001 }
    return (0..<dimension / 2).map { index in
      let power = powf(Float(theta), Float(2 * index) / Float(dimension))
      let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
      let kept = 1 - ramp
      return 1 / (Float(yarn.factor) * power) * (1 - kept) + 1 / power * kept
    }
  }
}
