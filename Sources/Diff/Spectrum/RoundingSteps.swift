import Formats

/// How far apart the numbers of a float type are.
enum RoundingSteps {
  /// Whether the steps of a type are those of a plain float type.
  static func areKnown(of dtype: DType) -> Bool { step(at: 1, in: dtype) != nil }

  /// The distance to the next number of a type, seen from a value; `nil` for other types.
  static func step(at value: Float, in dtype: DType) -> Float? {
    switch dtype {
    case .f32: value.ulp
    case .bf16: max(step(at: value, fractionBits: 7), 0x1p-133)
    case .f16: max(step(at: value, fractionBits: 10), 0x1p-24)
    default: nil
    }
  }

  private static func step(at value: Float, fractionBits: Int) -> Float {
    value.magnitude.ulp * Float(sign: .plus, exponent: 23 - fractionBits, significand: 1)
  }
}
