/// How a type of floats rounds: its step at a value of exponent *e* is 2^(max(*e*, least) − bits).
public struct FloatFormat: Sendable, Equatable {
  /// The exponent of the smallest normal value; below it the step stays the same.
  public let leastExponent: Int
  /// How many bits of the mantissa are stored.
  public let mantissaBits: Int

  /// How 32-bit floats round.
  public static let f32 = FloatFormat(least: -126, bits: 23)

  fileprivate init(least: Int, bits: Int) {
    leastExponent = least
    mantissaBits = bits
  }

  /// Σ step² from Σ (2^max(e, least))².
  public func stepSquares(ofPowers powers: Double) -> Double {
    powers * power(of: -2 * mantissaBits)
  }

  /// The distance from a number's magnitude to the next larger one; for what is no finite number,
  /// that at zero.
  public func step(at value: Float) -> Double {
    let exponent = value.isZero || !value.isFinite ? leastExponent : Int(value.exponent)
    return power(of: max(exponent, leastExponent) - mantissaBits)
  }

  /// The number of the format that is nearest to a value, the even one of two.
  public func rounded(_ value: Double) -> Float {
    let step = step(at: Float(value))
    return Float((value / step).rounded(.toNearestOrEven) * step)
  }

  private func power(of exponent: Int) -> Double {
    guard exponent >= Double.leastNormalMagnitude.exponent else {
      return Double(sign: .plus, exponent: exponent, significand: 1)
    }
    return Double(bitPattern: UInt64(exponent + 1023) << 52)
  }

  /// The distances above each of a table's codes: to the next larger magnitude of the same sign,
  /// for the largest from the next smaller; zero for codes that are no finite numbers.
  static func steps(of table: [Float]) -> [Float] {
    let magnitudes = Set(table.filter(\.isFinite).map(abs)).sorted()
    return table.map { value in
      guard value.isFinite, let place = magnitudes.firstIndex(of: abs(value)) else { return 0 }
      guard magnitudes.count > 1 else { return 0 }
      let lower = min(place, magnitudes.count - 2)
      return magnitudes[lower + 1] - magnitudes[lower]
    }
  }
}

extension DType {
  /// How the type rounds; `nil` for one that is not stored as floats, each by itself.
  public var floatFormat: FloatFormat? {
    switch self {
    case .f64: FloatFormat(least: -1022, bits: 52)
    case .f32: .f32
    case .f16: FloatFormat(least: -14, bits: 10)
    case .bf16: FloatFormat(least: -126, bits: 7)
    case .f8_e5m2: FloatFormat(least: -14, bits: 2)
    case .f8_e4m3: FloatFormat(least: -6, bits: 3)
    case .f8_e5m2fnuz: FloatFormat(least: -15, bits: 2)
    case .f8_e4m3fnuz: FloatFormat(least: -7, bits: 3)
    case .f8_e8m0: FloatFormat(least: -127, bits: 0)
    case .f6_e2m3: FloatFormat(least: 0, bits: 3)
    case .f6_e3m2: FloatFormat(least: -2, bits: 2)
    case .f4: FloatFormat(least: 0, bits: 1)
    default: nil
    }
  }
}
