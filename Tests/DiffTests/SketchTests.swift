import CKernels
import TestSupport
import Testing

@testable import Diff

/// The counts of deltas by size.
struct SketchTests {
  private static let sets = [LETHE_KERNELS_SCALAR, LETHE_KERNELS_AVX2, LETHE_KERNELS_AVX512].filter
  {
    $0.rawValue <= lethe_best_kernel_set().rawValue
  }

  /// The counts of all bins, for bytes of two runs.
  private static func counts(
    _ set: lethe_kernel_set, _ base: [UInt8], _ type: lethe_delta_type, _ other: [UInt8],
    _ otherType: lethe_delta_type, parts: [Int]
  ) -> [Int64] {
    let sketch = UnsafeMutablePointer<lethe_sketch>.allocate(capacity: 1)
    defer { sketch.deallocate() }
    UnsafeMutableRawPointer(sketch).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<lethe_sketch>.size)
    var start = 0
    for count in parts {
      base.withUnsafeBytes { base in
        other.withUnsafeBytes { other in
          lethe_sketch_add(
            set, run(base, type, from: start), run(other, otherType, from: start), Int64(count),
            sketch)
        }
      }
      start += count
    }
    let size = LogHistogram.lastBin + 1
    var deltas = [Int64](repeating: 0, count: size)
    var quotients = deltas
    lethe_sketch_finish(sketch, &deltas, &quotients)
    return deltas + quotients
  }

  private static func run(
    _ bytes: UnsafeRawBufferPointer, _ type: lethe_delta_type, from start: Int
  ) -> lethe_delta_run {
    lethe_delta_run(
      bytes: bytes.baseAddress.map { $0 + start * size(of: type) }, type: type,
      smallest_normal: 0x1p-126)
  }

  private static func size(of type: lethe_delta_type) -> Int {
    switch type {
    case LETHE_DELTA_F16, LETHE_DELTA_BF16: 2
    case LETHE_DELTA_F64: 8
    default: 4
    }
  }

  /// Random bits, so that NaN, infinities, zeros and subnormal values are among them, and ordinary
  /// values.
  @Test func allKernelSetsCountTheSame() throws {
    var random = SplitMix(seed: TestSeed.value)
    let types = [LETHE_DELTA_F32, LETHE_DELTA_F16, LETHE_DELTA_BF16]
    for type in types {
      for otherType in types {
        let count = 3000 + Int.random(in: 0..<40, using: &random)
        let base = (0..<count * Self.size(of: type)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        var other = (0..<count * Self.size(of: otherType)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        if type == otherType {
          for index in other.indices where index / 64 % 3 > 0 { other[index] = base[index] }
          for index in stride(from: 0, to: other.count, by: 20) { other[index] &+= 1 }
        }
        let scalar = Self.counts(
          LETHE_KERNELS_SCALAR, base, type, other, otherType, parts: [count])
        #expect(scalar.reduce(0, +) == Int64(2 * count))
        for set in Self.sets {
          for parts in [[count], [1000, 17, count - 1017]] {
            let counts = Self.counts(set, base, type, other, otherType, parts: parts)
            #expect(counts == scalar, "\(set) \(type) \(otherType), \(TestSeed.comment)")
          }
        }
      }
    }
  }

  @Test func wideNumbersAreCountedAsTheyAre() {
    let base: [Double] = [1, 2, 0, 1e300, 1, 1e-300]
    let other: [Double] = [1, 2 + 0x1p-50, 1e-200, -1e300, 3, 2e-300]
    let counts = Self.counts(
      lethe_best_kernel_set(), Self.bytes(base), LETHE_DELTA_F64, Self.bytes(other),
      LETHE_DELTA_F64, parts: [6])
    let deltas = LogHistogram(counts: Array(counts[...LogHistogram.lastBin]))
    let quotients = LogHistogram(counts: Array(counts[(LogHistogram.lastBin + 1)...]))
    let values = (0..<6).map { deltas.value(ofRank: $0) }
    // Deltas: 0, two too small for a float, 2^-50, 2, and one too large for one.
    #expect(values[0] == 0)
    #expect(values[1] == values[2] && values[1] ?? 1 < 1e-38)
    #expect(abs((values[3] ?? 0) / 0x1p-50 - 1) <= 0x1p-7)
    #expect(abs((values[4] ?? 0) / 2 - 1) <= 0x1p-7)
    #expect(values[5] == nil && deltas.nonFiniteCount == 1)
    // Quotients: 0, 2^-51, 1, 2, infinite for a base of zero, none.
    let shares = (0..<6).map { quotients.value(ofRank: $0) }
    #expect(shares[0] == 0 && abs((shares[1] ?? 0) / 0x1p-51 - 1) <= 0x1p-7)
    #expect(abs((shares[2] ?? 0) - 1) <= 0x1p-7 && abs((shares[3] ?? 0) / 2 - 1) <= 0x1p-7)
    #expect(shares[4] == nil && quotients.nonFiniteCount == 2)
  }

  private static func bytes(_ values: [Double]) -> [UInt8] {
    values.flatMap { value in (0..<8).map { UInt8(value.bitPattern >> UInt64(8 * $0) & 255) } }
  }

  private static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> UInt32(8 * $0) & 255) } }
  }

  /// Every size that a delta can have is told within the stated error.
  @Test func everySizeIsWithinTheError() {
    var random = SplitMix(seed: TestSeed.value)
    for _ in 0..<3000 {
      let bits = UInt32.random(in: 0x0080_0000..<0x7f80_0000, using: &random)
      let value = Float(bitPattern: bits)
      let counts = Self.counts(
        lethe_best_kernel_set(), Self.bytes([0 as Float]), LETHE_DELTA_F32, Self.bytes([value]),
        LETHE_DELTA_F32, parts: [1])
      let found = LogHistogram(counts: Array(counts[...LogHistogram.lastBin])).value(ofRank: 0)
      let error = abs((found ?? 0) - Double(value))
      #expect(error <= LogHistogram.relativeError * Double(value), "\(value)")
      #expect(counts[2 * LogHistogram.lastBin + 1] == 1, "from zero to anything is infinitely far")
    }
    #expect(LogHistogram.relativeError == 0x1p-7)
  }

  @Test func countsAddUpInAnyOrder() {
    var random = SplitMix(seed: TestSeed.value)
    let parts = (0..<5).map { part in
      var counts = [Int64](repeating: 0, count: LogHistogram.lastBin + 1)
      for _ in 0..<100 {
        counts[Int.random(in: part * 900..<part * 900 + 2000, using: &random)] += 1
      }
      return counts
    }
    let whole = LogHistogram(
      counts: (0...LogHistogram.lastBin).map { bin in parts.reduce(0) { $0 + $1[bin] } })
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
      var sum = LogHistogram()
      for part in order { sum.add(LogHistogram(counts: parts[part])) }
      sum.add(LogHistogram())
      #expect(sum == whole)
    }
    #expect(whole.total == 500)
    #expect(LogHistogram(counts: []).value(ofRank: 0) == nil)
  }

  /// Pairs that are no numbers have no part in quantiles.
  @Test func whatIsNoNumberIsLeftOut() throws {
    let base = MemorySource("base").with("w", [1, .nan, 2, .infinity, 4])
    let other = MemorySource("other").with("w", [1, 1, .infinity, .infinity, 6])
    var measures = DriftMeasures()
    measures.quantiles = true
    let quantiles = try #require(
      try CheckpointComparison(base: base, other: other, measures: measures).total.quantiles)
    // Two pairs are left, with deltas 0 and 2: the lower of them is every quantile.
    #expect(quantiles.absoluteDeltas.allSatisfy { $0 == 0 })
    let broken = MemorySource("broken").with("w", [.nan])
    let none = try #require(
      try CheckpointComparison(base: broken, other: broken, measures: measures).total.quantiles)
    #expect(none.absoluteDeltas.allSatisfy { $0 == nil })
  }
}
