import Formats

/// How a type of floats rounds: its step at a value of exponent *e* is 2^(max(*e*, least) − bits).
struct FloatFormat: Sendable, Equatable {
  /// The exponent of the smallest normal value.
  var leastExponent: Int
  /// How many bits of the mantissa are stored.
  var mantissaBits: Int

  static let f32 = FloatFormat(leastExponent: -126, mantissaBits: 23)

  /// The smallest value whose whole mantissa is stored, or the smallest such 32-bit float; below it
  /// the step stays the same.
  var smallestNormal: Float {
    Float(sign: .plus, exponent: max(leastExponent, Self.f32.leastExponent), significand: 1)
  }

  /// Σ step² from Σ (2^max(e, least))².
  func stepSquares(ofPowers powers: Double) -> Double { powers * power(of: -2 * mantissaBits) }

  /// The distance of a value to the next larger magnitude.
  func step(at value: Float) -> Double {
    let exponent = value.isZero || !value.isFinite ? leastExponent : Int(value.exponent)
    return power(of: max(exponent, leastExponent) - mantissaBits)
  }

  /// The number of the format that is nearest to a value, the even one of two.
  func rounded(_ value: Double) -> Float {
    let step = step(at: Float(value))
    return Float((value / step).rounded(.toNearestOrEven) * step)
  }

  private func power(of exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

extension DType {
  /// How the type rounds; `nil` for one that is not stored as floats, each by itself.
  var floatFormat: FloatFormat? {
    switch self {
    case .f64: FloatFormat(leastExponent: -1022, mantissaBits: 52)
    case .f32: .f32
    case .f16: FloatFormat(leastExponent: -14, mantissaBits: 10)
    case .bf16: FloatFormat(leastExponent: -126, mantissaBits: 7)
    case .f8_e5m2: FloatFormat(leastExponent: -14, mantissaBits: 2)
    case .f8_e4m3: FloatFormat(leastExponent: -6, mantissaBits: 3)
    case .f8_e5m2fnuz: FloatFormat(leastExponent: -15, mantissaBits: 2)
    case .f8_e4m3fnuz: FloatFormat(leastExponent: -7, mantissaBits: 3)
    case .f6_e2m3: FloatFormat(leastExponent: 0, mantissaBits: 3)
    case .f6_e3m2: FloatFormat(leastExponent: -2, mantissaBits: 2)
    case .f4: FloatFormat(leastExponent: 0, mantissaBits: 1)
    default: nil
    }
  }
}
