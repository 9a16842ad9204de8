/// The numbers that a float type can hold.
struct FloatGrid: Sendable {
  /// Digits behind the leading one.
  let mantissaBits: Int
  /// The exponent of the smallest normal number; those below it are as far apart as those at it.
  let smallestExponent: Int

  /// The numbers of a stored type; `nil` for one that is no float.
  init?(_ dtype: DType) {
    switch dtype {
    case .f64: self.init(52, -1022)
    case .f32: self.init(23, -126)
    case .f16: self.init(10, -14)
    case .bf16: self.init(7, -126)
    case .f8_e4m3: self.init(3, -6)
    case .f8_e5m2: self.init(2, -14)
    case .f8_e4m3fnuz: self.init(3, -7)
    case .f8_e5m2fnuz: self.init(2, -15)
    case .f8_e8m0: self.init(0, -127)
    case .f6_e2m3: self.init(3, 0)
    case .f6_e3m2: self.init(2, -2)
    case .f4: self.init(1, 0)
    default: return nil
    }
  }

  private init(_ mantissaBits: Int, _ smallestExponent: Int) {
    self.mantissaBits = mantissaBits
    self.smallestExponent = smallestExponent
  }

  /// The square of the distance from a number's magnitude to the next larger one; zero for what is
  /// no finite number.
  func squaredStep(at value: Float) -> Double {
    guard value.isFinite else { return 0 }
    let exponent = value == 0 ? smallestExponent : max(Int(value.exponent), smallestExponent)
    return Double(sign: .plus, exponent: 2 * (exponent - mantissaBits), significand: 1)
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
