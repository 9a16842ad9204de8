import CKernels
import Testing

@testable import Inference

/// Numbers that kernels are tried with, reproducible from a seed.
struct KernelValues {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func word() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 32)
  }

  /// A whole number of a range.
  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(word()) % range.count
  }

  /// What the numbers are like.
  enum Kind: CaseIterable {
    /// Between −1 and 1.
    case ordinary
    /// Of every size, with denormal numbers and zeros.
    case wide
    /// Ordinary, with NaN and infinities here and there.
    case broken
  }

  private static let broken: [Float] = [.nan, .infinity, -.infinity, 3e38, -3e38, 0, -0.0]
  private static let wide: [Float] = [
    .leastNonzeroMagnitude, -.leastNormalMagnitude, .leastNormalMagnitude.nextDown, 0, -0.0,
  ]

  /// So many numbers.
  mutating func floats(_ count: Int, _ kind: Kind = .ordinary) -> [Float] {
    (0..<count).map { _ in
      let value = Float(Int32(bitPattern: word())) / 0x1p31
      switch kind {
      case .ordinary: return value
      case .wide:
        let special = Int(word() % 40)
        if special < Self.wide.count { return Self.wide[special] }
        return value * Float(sign: .plus, exponent: -number(0...100), significand: 1)
      case .broken:
        let special = Int(word() % 100)
        return special < Self.broken.count ? Self.broken[special] : value
      }
    }
  }

  /// A buffer of these numbers behind so many zeros.
  static func buffer(_ values: [Float], behind: Int = 0) -> FloatBuffer {
    let buffer = FloatBuffer(count: behind + values.count)
    for (index, value) in values.enumerated() { buffer[behind + index] = value }
    return buffer
  }

  /// The bits of a buffer's numbers, those of every NaN alike.
  static func bits(_ buffer: FloatBuffer) -> [UInt32] {
    (0..<buffer.count).map { buffer[$0].isNaN ? UInt32.max : buffer[$0].bitPattern }
  }

  /// The number as bf16 holds it: rounded to nearest even, denormal numbers as zero.
  static func bf16(_ value: Float) -> Float {
    if value.isNaN || value.isInfinite { return value }
    if value.magnitude < .leastNormalMagnitude { return value.sign == .minus ? -0 : 0 }
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}
