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

  static let floats = [LETHE_DELTA_F32, LETHE_DELTA_F16, LETHE_DELTA_BF16, LETHE_DELTA_F64]
  static let integers = [LETHE_DELTA_I32, LETHE_DELTA_U32, LETHE_DELTA_I64, LETHE_DELTA_U64]
  static let cases =
    floats.flatMap { base in floats.map { Case(base: base, other: $0) } }
    + integers.map { Case(base: $0, other: $0) }
    + integers.map { Case(base: LETHE_DELTA_BF16, other: $0) }
  static let counts = [0, 1, 7, 15, 16, 17, 31, 33, 511, 512, 513, 1060, 2049, 5003]

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

  @Test(arguments: floats + integers)
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

  @Test(arguments: cases)
  func everySetGivesSegmentsTheSameBits(pair: Case) {
    var generator = SplitMix(seed: 11)
    for count in [0, 1, 7, 8, 9, 33, 64, 129] {
      for kind in Values.allCases {
        let base = Buffer(kind, count, pair.base, shift: 1, &generator)
        let other = Buffer(kind, count, pair.other, shift: 3, &generator)
        let expected = segment(LETHE_KERNELS_SCALAR, base, other)
        for set in Self.vectorSets {
          #expect(segment(set, base, other) == expected, "\(count) \(kind) \(set)")
        }
      }
    }
  }

  @Test(arguments: Values.allCases)
  func aStreamInPartsGivesTheSameBits(kind: Values) {
    var generator = SplitMix(seed: 9)
    for types in [(LETHE_DELTA_BF16, LETHE_DELTA_BF16), (LETHE_DELTA_BF16, LETHE_DELTA_F16)] {
      let base = Buffer(kind, 5003, types.0, shift: 0, &generator)
      let other = Buffer(kind, 5003, types.1, shift: 0, &generator)
      for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
        #expect(delta(set, base, other, parts: [512, 2048, 1024]) == delta(set, base, other))
      }
    }
  }

  @Test func turnsAndSegmentsAreThoseOfAPlainLoop() {
    var generator = SplitMix(seed: 12)
    let runs = (0..<3).map { _ in
      Buffer(.ordinary, 1003, LETHE_DELTA_F32, shift: 0, &generator)
    }
    let updates = zip(zip(runs[0].floats, runs[1].floats), runs[2].floats).map { pair, third in
      (Double(pair.1) - Double(pair.0), Double(third) - Double(pair.1))
    }
    let sums = turn(lethe_best_kernel_set(), runs)
    let product = updates.reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(Double(bitPattern: sums.totals[2]) - product) < 1e-12)
    #expect(sums.movedCount == updates.count { $0.0 != 0 && $0.1 != 0 })
    #expect(sums.conflictCount == updates.count { $0.0 * $0.1 < 0 })
    let totals = segment(lethe_best_kernel_set(), runs[0], runs[1])
    let squares = updates.reduce(0) { $0 + $1.0 * $1.0 }
    #expect(abs(Double(bitPattern: totals[2]) - squares) < 1e-12)
  }

  @Test func aStandingElementIsNoConflict() {
    let runs = [Buffer([0, 1, 2, 0, .nan]), Buffer([1, 1, 1, 1, 0]), Buffer([0, 2, 0, 1, 1])]
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      let sums = turn(set, runs)
      #expect(sums.movedCount == 2)
      #expect(sums.conflictCount == 1)
    }
  }

  /// Every delta next to the tolerance, from values of which one may be tiny.
  @Test func theToleranceIsMetExactly() {
    let limit = Float(1e-5).bitPattern >> 16
    var halves: [UInt16] = []
    var partners: [UInt16] = []
    for near in (limit - 3)...(limit + 3) {
      for exponent in 0..<130 {
        for sign: UInt16 in [0, 0x8000] {
          halves += [UInt16(near), UInt16(near)]
          partners += [UInt16(exponent) << 7 | sign, UInt16(exponent) << 7 | 0x33 | sign]
        }
      }
    }
    let base = Buffer(halves: halves, LETHE_DELTA_BF16)
    let other = Buffer(halves: partners, LETHE_DELTA_BF16)
    func value(_ half: UInt16) -> Double { Double(Float(bitPattern: UInt32(half) << 16)) }
    let expected = zip(halves, partners).count { abs(value($0) - value($1)) <= 1e-5 }
    #expect(expected > 0 && expected < halves.count)
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      #expect(delta(set, base, other).unchangedCount == expected)
    }
    let edge = Buffer(doubles: [0, 0, 1, .infinity, .nan])
    let moved = Buffer(doubles: [1e-5, 1e-5.nextUp, 1, .infinity, .nan])
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      #expect(delta(set, edge, moved).unchangedCount == 4)
    }
  }

  /// Squares of powers beyond the range of f32, among others and alone.
  @Test(arguments: [
    [1, 0x1p100], [0x1p100], [0x1p-100], [1, 0x1p-100], [0, 0], [-3, 0x1p70, 0],
  ])
  func powersLeaveTheRangeOfFloats(values: [Float]) {
    let many = (0..<1100).map { values[$0 * $0 % 7 % values.count] }
    let expected = many.reduce(0) {
      let power = $1 == 0 ? 0x1p-126 : Double($1.binade.magnitude)
      return $0 + power * power
    }
    let other = Buffer([Float](repeating: 1, count: many.count))
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      let sums = delta(set, Buffer(many), other)
      #expect(abs(Double(bitPattern: sums.totals[5]) / expected - 1) < 1e-7)
      #expect(Double(bitPattern: sums.totals[6]) == 1100)
    }
  }

  @Test func powersAreThoseOfTheExponents() {
    // 1.5, 3 and -0.75 have 1, 2 and 1/2; zero and a subnormal value count as the smallest.
    let base = Buffer([1.5, 3, -0.75, 0, 0x1p-133, .nan, .infinity])
    let other = Buffer([2, 2, 2, 2, 2, 2, 2])
    for set in [LETHE_KERNELS_SCALAR] + Self.vectorSets {
      let sums = delta(set, base, other, smallestNormal: 0.125)
      #expect(Double(bitPattern: sums.totals[5]) == 1 + 4 + 0.25 + 2 * 0.125 * 0.125)
      #expect(Double(bitPattern: sums.totals[6]) == 7 * 4)
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
  var unchangedCount: Int
  var signFlipCount: Int
  var nonFiniteCount: Int
}

func delta(
  _ set: lethe_kernel_set, _ base: Buffer, _ other: Buffer, parts: [Int] = [],
  smallestNormal: Float = 0x1p-126
) -> DeltaBits {
  var sums = lethe_delta_sums()
  var done = 0
  for part in parts + [base.count - parts.reduce(0, +)] {
    base.withRun(from: done, smallestNormal: smallestNormal) { base in
      other.withRun(from: done, smallestNormal: smallestNormal) { other in
        lethe_delta_add(set, base, other, Int64(part), &sums)
      }
    }
    done += part
  }
  let totals = lethe_delta_finish(&sums)
  return DeltaBits(
    totals: [
      totals.base_squares, totals.other_squares, totals.delta_squares, totals.products,
      totals.deltas, totals.base_powers, totals.other_powers,
    ].map(\.bitPattern),
    maxAbs: sums.max_abs.bitPattern, maxAbsIndex: Int(sums.max_abs_index),
    identicalCount: Int(sums.identical_count), unchangedCount: Int(sums.unchanged_count),
    signFlipCount: Int(sums.sign_flip_count), nonFiniteCount: Int(sums.non_finite_count))
}

/// The outcome of a pass over triples.
struct TurnBits: Equatable {
  var totals: [UInt64]
  var movedCount: Int
  var conflictCount: Int
}

func turn(_ set: lethe_kernel_set, _ runs: [Buffer]) -> TurnBits {
  var sums = lethe_turn_sums()
  runs[0].withRun(from: 0) { first in
    runs[1].withRun(from: 0) { second in
      runs[2].withRun(from: 0) { third in
        lethe_turn_add(set, first, second, third, Int64(runs[0].count), &sums)
      }
    }
  }
  let totals = lethe_turn_finish(&sums)
  return TurnBits(
    totals: [totals.before_squares, totals.after_squares, totals.products].map(\.bitPattern),
    movedCount: Int(sums.moved_count), conflictCount: Int(sums.conflict_count))
}

func segment(_ set: lethe_kernel_set, _ base: Buffer, _ other: Buffer) -> [UInt64] {
  var totals = lethe_segment_totals()
  let count = base.count
  base.withRun(from: 0) { base in
    other.withRun(from: 0) { other in
      totals = lethe_segment_sum(set, base, other, Int64(count))
    }
  }
  return [totals.base_squares, totals.other_squares, totals.delta_squares, totals.products]
    .map(\.bitPattern)
}

// MARK: - Inputs

/// What a buffer is filled with.
enum Values: CaseIterable { case ordinary, subnormal, everyBitPattern, mostlyZero }

/// Stored numbers that begin a few bytes into an allocation.
struct Buffer {
  let count: Int
  private let type: lethe_delta_type
  private let bytes: [UInt8]
  private let shift: Int
  private var size: Int { Self.size(of: type) }

  init(
    _ kind: Values, _ count: Int, _ type: lethe_delta_type, shift: Int,
    _ generator: inout SplitMix
  ) {
    let patterns = (0..<count).map { _ in Self.pattern(kind, type, generator.next()) }
    self.init(patterns: patterns, type, shift: shift)
  }

  init(_ floats: [Float]) {
    self.init(patterns: floats.map { UInt64($0.bitPattern) }, LETHE_DELTA_F32)
  }

  init(doubles: [Double]) { self.init(patterns: doubles.map(\.bitPattern), LETHE_DELTA_F64) }

  init(halves: [UInt16], _ type: lethe_delta_type) {
    self.init(patterns: halves.map(UInt64.init), type)
  }

  private init(patterns: [UInt64], _ type: lethe_delta_type, shift: Int = 0) {
    self.type = type
    self.shift = shift
    count = patterns.count
    let size = Self.size(of: type)
    bytes =
      [UInt8](repeating: 0xee, count: shift)
      + patterns.flatMap { pattern in
        (0..<size).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) }
      }
      + [0xee]
  }

  private static func size(of type: lethe_delta_type) -> Int {
    switch type {
    case LETHE_DELTA_F16, LETHE_DELTA_BF16: 2
    case LETHE_DELTA_F32, LETHE_DELTA_I32, LETHE_DELTA_U32: 4
    default: 8
    }
  }

  /// The bits of one element: about ±0.05, or a random pattern with every exponent.
  private static func pattern(_ kind: Values, _ type: lethe_delta_type, _ random: UInt64) -> UInt64
  {
    let value = (Float(random >> 40) / Float(1 << 24) - 0.5) * 0.1
    switch (kind, type) {
    case (.mostlyZero, _) where random % 97 != 0: return 0
    case (.everyBitPattern, _), (.mostlyZero, _):
      return random & (.max >> (64 - 8 * UInt64(size(of: type))))
    case (.ordinary, LETHE_DELTA_F32): return UInt64(value.bitPattern)
    case (.ordinary, LETHE_DELTA_F16): return UInt64(Float16(value).bitPattern)
    case (.ordinary, LETHE_DELTA_BF16): return UInt64(value.bitPattern >> 16)
    case (.ordinary, LETHE_DELTA_F64): return (Double(value) * 1.000_000_01).bitPattern
    case (.subnormal, LETHE_DELTA_F32): return random & 0x807f_ffff
    case (.subnormal, LETHE_DELTA_F16): return random & 0x83ff
    case (.subnormal, LETHE_DELTA_BF16): return random & 0x807f
    case (.subnormal, LETHE_DELTA_F64): return random & 0x800f_ffff_ffff_ffff
    default: return random & 0xff
    }
  }

  var floats: [Float] {
    (0..<count).map { index in
      let start = shift + index * 4
      return Float(
        bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }

  func withRun(
    from element: Int, smallestNormal: Float = 0x1p-126, _ body: (lethe_delta_run) -> Void
  ) {
    bytes[(shift + element * size)...].withUnsafeBytes { bytes in
      body(
        lethe_delta_run(bytes: bytes.baseAddress, type: type, smallest_normal: smallestNormal))
    }
  }
}
