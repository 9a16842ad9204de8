import CKernels
import TestSupport
import Testing

/// The kernels against a plain sum in Swift, and every instruction set against the scalar twin.
struct DeltaKernelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var base: lethe_delta_type
    var other: lethe_delta_type
    var testDescription: String { "types \(base.rawValue) and \(other.rawValue)" }
  }

  static let types = [LETHE_DELTA_F32, LETHE_DELTA_F16, LETHE_DELTA_BF16]
  static let cases = types.flatMap { base in types.map { Case(base: base, other: $0) } }
  static let counts = [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 2047, 2048, 2049, 5003]

  static var vectorSets: [lethe_kernel_set] {
    [LETHE_KERNELS_AVX2, LETHE_KERNELS_AVX512].filter {
      $0.rawValue <= lethe_best_kernel_set().rawValue
    }
  }

  @Test(arguments: cases)
  func everySetGivesTheSameBits(pair: Case) {
    var generator = SplitMix(seed: 7)
    for count in Self.counts {
      for kind in Values.allCases {
        for shift in [0, 1, 3] {
          let base = Buffer(kind, count, pair.base, shift: shift, &generator)
          let other = Buffer(kind, count, pair.other, shift: 2 * shift, &generator)
          let expected = delta(LETHE_KERNELS_SCALAR, base, other)
          for set in Self.vectorSets {
            #expect(delta(set, base, other) == expected, "\(count) \(kind) \(set)")
          }
        }
      }
    }
  }

  @Test(arguments: types)
  func everySetGivesTheTurnTheSameBits(type: lethe_delta_type) {
    var generator = SplitMix(seed: 8)
    for count in Self.counts {
      for kind in Values.allCases {
        let runs = [type, LETHE_DELTA_F32, type].map {
          Buffer(kind, count, $0, shift: 1, &generator)
        }
        let expected = turn(LETHE_KERNELS_SCALAR, runs)
        for set in Self.vectorSets {
          #expect(turn(set, runs) == expected, "\(count) \(kind) \(set)")
        }
      }
    }
  }

  @Test func aStreamInPartsGivesTheSameBits() {
    var generator = SplitMix(seed: 9)
    let base = Buffer(.ordinary, 5003, LETHE_DELTA_BF16, shift: 0, &generator)
    let other = Buffer(.ordinary, 5003, LETHE_DELTA_F16, shift: 0, &generator)
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      #expect(delta(set, base, other, parts: [8, 2048, 1000]) == delta(set, base, other))
    }
  }

  @Test func sumsAreThoseOfAPlainLoop() {
    var generator = SplitMix(seed: 10)
    let base = Buffer(.ordinary, 5003, LETHE_DELTA_F32, shift: 0, &generator)
    let other = Buffer(.ordinary, 5003, LETHE_DELTA_F32, shift: 0, &generator)
    let pairs = zip(base.floats, other.floats).map { (Double($0), Double($1)) }
    let sums = delta(lethe_best_kernel_set(), base, other)
    func agree(_ sum: UInt64, _ terms: [Double]) -> Bool {
      let expected = terms.reduce(0, +)
      return abs(Double(bitPattern: sum) - expected) <= 1e-12 * terms.reduce(0) { $0 + abs($1) }
    }
    #expect(agree(sums.totals[0], pairs.map { $0.0 * $0.0 }))
    #expect(agree(sums.totals[1], pairs.map { $0.1 * $0.1 }))
    #expect(agree(sums.totals[2], pairs.map { ($0.1 - $0.0) * ($0.1 - $0.0) }))
    #expect(agree(sums.totals[3], pairs.map { $0.0 * $0.1 }))
    #expect(agree(sums.totals[4], pairs.map { $0.1 - $0.0 }))
    let deltas = pairs.map { abs($0.1 - $0.0) }
    #expect(Double(bitPattern: sums.maxAbs) == deltas.max())
    #expect(sums.maxAbsIndex == deltas.firstIndex(of: deltas.max() ?? 0))
    #expect(sums.signFlipCount == pairs.count { $0.0 * $0.1 < 0 })
    #expect(sums.identicalCount == pairs.count { $0.0 == $0.1 })
    #expect(sums.nonFiniteCount == 0)
  }

  @Test func countsZerosNaNsAndInfinities() {
    let base = Buffer([0, -0.0, .nan, .infinity, 1, .nan, -.infinity, -1, 0, 5])
    let other = Buffer([-0.0, 0, .nan, .infinity, .nan, 1, .infinity, 1, -3, 5])
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      let sums = delta(set, base, other)
      #expect(sums.identicalCount == 5)
      #expect(sums.signFlipCount == 2)
      #expect(sums.nonFiniteCount == 5)
      #expect(Double(bitPattern: sums.maxAbs) == .infinity)
      #expect(sums.maxAbsIndex == 6)
      #expect(Double(bitPattern: sums.totals[0]).isNaN)
    }
  }

  @Test func theFirstOfEqualMaximaIsNamed() {
    var values = [Float](repeating: 0, count: 4000)
    values[2500] = 2
    values[300] = -2
    values[3999] = 2
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      let sums = delta(set, Buffer([Float](repeating: 0, count: 4000)), Buffer(values))
      #expect(sums.maxAbsIndex == 300)
    }
  }

  @Test func halvesAreWidenedExactly() {
    let halves = (0...UInt16.max).map { $0 }
    let expected = halves.map { Float(Float16(bitPattern: $0)) }
    let wide = Buffer(expected)
    let narrow = Buffer(halves: halves, LETHE_DELTA_F16)
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      #expect(delta(set, narrow, wide).identicalCount == 65536)
    }
  }
}

// MARK: - Running the kernels

/// The outcome of a pass with every float as its bits, so that NaN can be compared.
struct DeltaBits: Equatable {
  var totals: [UInt64]
  var maxAbs: UInt64
  var maxAbsIndex: Int
  var identicalCount: Int
  var signFlipCount: Int
  var nonFiniteCount: Int
}

func delta(
  _ set: lethe_kernel_set, _ base: Buffer, _ other: Buffer, parts: [Int] = []
) -> DeltaBits {
  var sums = lethe_delta_sums()
  var done = 0
  for part in parts + [base.count - parts.reduce(0, +)] {
    base.withRun(from: done) { base in
      other.withRun(from: done) { other in
        lethe_delta_add(set, base, other, Int64(part), &sums)
      }
    }
    done += part
  }
  let totals = lethe_delta_finish(&sums)
  return DeltaBits(
    totals: [
      totals.base_squares, totals.other_squares, totals.delta_squares, totals.products,
      totals.deltas,
    ].map(\.bitPattern),
    maxAbs: sums.max_abs.bitPattern, maxAbsIndex: Int(sums.max_abs_index),
    identicalCount: Int(sums.identical_count), signFlipCount: Int(sums.sign_flip_count),
    nonFiniteCount: Int(sums.non_finite_count))
}

func turn(_ set: lethe_kernel_set, _ runs: [Buffer]) -> [UInt64] {
  var sums = lethe_turn_sums()
  runs[0].withRun(from: 0) { first in
    runs[1].withRun(from: 0) { second in
      runs[2].withRun(from: 0) { third in
        lethe_turn_add(set, first, second, third, Int64(runs[0].count), &sums)
      }
    }
  }
  let totals = lethe_turn_finish(&sums)
  return [totals.before_squares, totals.after_squares, totals.products].map(\.bitPattern)
}

// MARK: - Inputs

/// What a buffer is filled with.
enum Values: CaseIterable { case ordinary, subnormal, everyBitPattern }

/// Stored floats that begin a few bytes into an allocation.
struct Buffer {
  let count: Int
  private let type: lethe_delta_type
  private let bytes: [UInt8]
  private let shift: Int
  private var size: Int { type == LETHE_DELTA_F32 ? 4 : 2 }

  init(
    _ kind: Values, _ count: Int, _ type: lethe_delta_type, shift: Int,
    _ generator: inout SplitMix
  ) {
    let patterns = (0..<count).map { _ in Self.pattern(kind, type, generator.next()) }
    self.init(patterns: patterns, type, shift: shift)
  }

  init(_ floats: [Float]) { self.init(patterns: floats.map(\.bitPattern), LETHE_DELTA_F32) }

  init(halves: [UInt16], _ type: lethe_delta_type) {
    self.init(patterns: halves.map(UInt32.init), type)
  }

  private init(patterns: [UInt32], _ type: lethe_delta_type, shift: Int = 0) {
    self.type = type
    self.shift = shift
    count = patterns.count
    let size = type == LETHE_DELTA_F32 ? 4 : 2
    bytes =
      [UInt8](repeating: 0xee, count: shift)
      + patterns.flatMap { pattern in
        (0..<size).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) }
      }
      + [0xee]
  }

  /// The bits of one element: about ±0.05, or a random pattern with every exponent.
  private static func pattern(_ kind: Values, _ type: lethe_delta_type, _ random: UInt64) -> UInt32
  {
    let value = (Float(random >> 40) / Float(1 << 24) - 0.5) * 0.1
    switch kind {
    case .ordinary:
      if type == LETHE_DELTA_F32 { return value.bitPattern }
      return type == LETHE_DELTA_F16
        ? UInt32(Float16(value).bitPattern) : value.bitPattern >> 16
    case .subnormal:
      let mantissa: UInt32 =
        type == LETHE_DELTA_F32 ? 0x807f_ffff : type == LETHE_DELTA_F16 ? 0x83ff : 0x807f
      return UInt32(truncatingIfNeeded: random) & mantissa
    case .everyBitPattern:
      return UInt32(truncatingIfNeeded: random) & (type == LETHE_DELTA_F32 ? .max : 0xffff)
    }
  }

  var floats: [Float] {
    (0..<count).map { index in
      let start = shift + index * 4
      return Float(
        bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }

  func withRun(from element: Int, _ body: (lethe_delta_run) -> Void) {
    bytes[(shift + element * size)...].withUnsafeBytes { bytes in
      body(lethe_delta_run(bytes: bytes.baseAddress, type: type))
    }
  }
}
