import Formats

extension FloatFormat {
  /// The smallest value whose whole mantissa is stored, or the smallest such 32-bit float.
  var smallestNormal: Float {
    Float(sign: .plus, exponent: max(leastExponent, Self.f32.leastExponent), significand: 1)
  }
}
