import Formats
import TestSupport
import Testing

@testable import Diff

/// The delta that rounding alone would give, for types that store floats.
struct RoundingStepTests {
  private func floor(_ values: [Float], _ dtype: DType, _ other: DType? = nil) throws -> Double? {
    let base = MemorySource("a").with("w", dtype: dtype, values)
    let moved = MemorySource("b").with("w", dtype: other ?? dtype, values)
    return try CheckpointComparison(base: base, other: moved).total.noiseFloor
  }

  private func floor(ofSteps squares: Double) -> Double { (squares / 12).squareRoot() }

  static let values: [Float] = [
    0, -0.0, 1, -1.99, 2, 0.1, 6e-5, 6e-8, -1e-7, 300, 0.000_061_035_156,
  ]

  @Test func stepsAreTheDistancesToTheNextValue() throws {
    let single = Self.values.reduce(0) { $0 + Double($1.ulp) * Double($1.ulp) }
    #expect(abs((try floor(Self.values, .f32) ?? 0) / floor(ofSteps: 2 * single) - 1) < 1e-12)
    let rounded = Self.values.map(Float16.init)
    let half = rounded.reduce(0) { $0 + Double($1.ulp) * Double($1.ulp) }
    #expect(
      abs((try floor(rounded.map(Float.init), .f16) ?? 0) / floor(ofSteps: 2 * half) - 1) < 1e-12)
    let mixed = rounded.reduce(0) { $0 + Double(Float($1).ulp) * Double(Float($1).ulp) }
    #expect(
      abs((try floor(rounded.map(Float.init), .f32, .f16) ?? 0) / floor(ofSteps: half + mixed) - 1)
        < 1e-12)
  }

  struct Case: Sendable {
    var dtype: DType
    /// The steps at 1, at 3 and at zero.
    var one: Double
    var three: Double
    var zero: Double
  }

  // Steps of subnormal values: bf16 2^-133, E4M3 2^-9, E5M2 2^-16, and half of these for FNUZ.
  static let cases = [
    Case(dtype: .bf16, one: 0x1p-7, three: 0x1p-6, zero: 0x1p-133),
    Case(dtype: .f8_e4m3, one: 0x1p-3, three: 0x1p-2, zero: 0x1p-9),
    Case(dtype: .f8_e5m2, one: 0x1p-2, three: 0x1p-1, zero: 0x1p-16),
    Case(dtype: .f8_e4m3fnuz, one: 0x1p-3, three: 0x1p-2, zero: 0x1p-10),
    Case(dtype: .f8_e5m2fnuz, one: 0x1p-2, three: 0x1p-1, zero: 0x1p-17),
    Case(dtype: .f6_e2m3, one: 0x1p-3, three: 0x1p-2, zero: 0x1p-3),
    Case(dtype: .f6_e3m2, one: 0x1p-2, three: 0x1p-1, zero: 0x1p-4),
    Case(dtype: .f4, one: 0.5, three: 1, zero: 0.5),
  ]

  @Test(arguments: cases)
  func narrowTypesHaveTheirSteps(type: Case) throws {
    for (value, step) in [(Float(1), type.one), (-3, type.three), (0, type.zero)] {
      let squares = 2 * step * step
      #expect(try floor([value], type.dtype) == floor(ofSteps: squares))
    }
  }

  @Test func valuesThatAreNotFiniteAddNothing() throws {
    let squares = 2 * Double(Float(1).ulp) * Double(Float(1).ulp)
    #expect(try floor([.nan, 1, .infinity, -.infinity], .f32) == floor(ofSteps: squares))
  }

  @Test func aSideOfUnknownStepsLeavesItOut() throws {
    #expect(try floor([1, 2], .f32, .i32) == nil)
    let base = MemorySource("a").with("w", dtype: .i8, [1]).with("v", [1])
    let total = try CheckpointComparison(base: base, other: base)
    #expect(total.tensors.map { $0.metrics.noiseFloor == nil } == [false, true])
    #expect(total.total.noiseFloor == nil)
  }

  /// What rounding does to values of a normal distribution is what the floor says.
  @Test func roundingGivesTheFloor() throws {
    var generator = SplitMix(seed: 5)
    let values = (0..<50_000).map { _ in
      (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0...1, using: &generator) }
    }
    for (dtype, rounded) in [
      (DType.f16, values.map { Float(Float16($0)) }),
      (.bf16, values.map { Float(bitPattern: ($0.bitPattern + 0x8000) & 0xffff_0000) }),
    ] {
      let total = try CheckpointComparison(
        base: MemorySource("a").with("w", values),
        other: MemorySource("b").with("w", dtype: dtype, rounded)
      ).total
      let ratio = total.l2Delta / (total.noiseFloor ?? 0)
      #expect(ratio > 0.97 && ratio < 1.03)
    }
  }
}
