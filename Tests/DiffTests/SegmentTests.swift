import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Sums over groups of elements: tokens, heads and experts.
struct SegmentTests {
  /// One tensor of two checkpoints, its groups, and how many elements are compared.
  private func sums(
    _ base: [Float], _ other: [Float], _ plan: SegmentPlan, dtype: DType = .f32,
    hasBytes: Bool = false, threadCount: Int = 1
  ) throws -> PairSums {
    let sources = [base, other].map { values in
      var source = MemorySource("w").with("w", dtype: dtype, values)
      source.hasBytes = hasBytes
      return source
    }
    let count = min(base.count, other.count)
    let work = TensorWork(
      tensors: sources.map { $0.tensors[0] },
      pairs: [.init(base: 0, other: 1, elementCount: count, segments: plan)])
    return try FusedPass(sources: sources)
      .run([work], workGroup: WorkGroup(threadCount: threadCount), progress: nil)[0].pairs[0]
  }

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  static let plans = [
    // Tokens, heads of queries, heads of an output, one group, and groups that no element reaches.
    SegmentPlan(segmentElements: 64, groupCount: 40),
    SegmentPlan(segmentElements: 320, groupCount: 8),
    SegmentPlan(segmentElements: 16, groupCount: 4), SegmentPlan(segmentElements: 7, groupCount: 3),
    SegmentPlan(segmentElements: 2560, groupCount: 1),
    SegmentPlan(segmentElements: 640, groupCount: 9),
  ]

  @Test(arguments: plans)
  func everyGroupSumsItsOwnElements(plan: SegmentPlan) throws {
    let (base, other) = (random(2560, seed: 1), random(2560, seed: 2))
    let result = try sums(base, other, plan)
    #expect(result.firstSegment == 0)
    #expect(result.segments.count == plan.groupCount)
    for (group, segment) in result.segments.enumerated() {
      let own = (0..<2560).filter { $0 / plan.segmentElements % plan.groupCount == group }
      let pairs = own.map { (Double(base[$0]), Double(other[$0])) }
      #expect(segment.count == own.count)
      func agrees(_ sum: Double, _ term: ((Double, Double)) -> Double) -> Bool {
        abs(sum - pairs.reduce(0) { $0 + term($1) }) <= 1e-9
      }
      #expect(agrees(segment.baseSquares) { $0.0 * $0.0 })
      #expect(agrees(segment.otherSquares) { $0.1 * $0.1 })
      #expect(agrees(segment.deltaSquares) { ($0.1 - $0.0) * ($0.1 - $0.0) })
      #expect(agrees(segment.products) { $0.0 * $0.1 })
    }
  }

  @Test func groupsAddUpToTheTensorOverPiecesAndStrips() throws {
    let count = FusedPass.pieceElements + 3 * FusedPass.stripElements + 77
    let (base, other) = (random(count, seed: 3), random(count, seed: 4))
    for plan in [
      SegmentPlan(segmentElements: 1000, groupCount: count / 1000 + 1),
      SegmentPlan(segmentElements: 4096, groupCount: 5),
    ] {
      let results = try (1...3).map { try sums(base, other, plan, threadCount: $0) }
      #expect(results[1] == results[0])
      #expect(results[2] == results[0])
      #expect(results[0].segments.reduce(0) { $0 + $1.count } == count)
      let squares = results[0].segments.reduce(0) { $0 + $1.deltaSquares }
      #expect(abs(squares / results[0].delta.deltaSquares - 1) < 1e-12)
    }
  }

  @Test func storedAndDecodedValuesGiveTheSameBits() throws {
    let count = 2 * FusedPass.stripElements + 5
    let plan = SegmentPlan(segmentElements: 48, groupCount: 7)
    for dtype in [DType.f32, .f16, .bf16] {
      let base = random(count, seed: 5).map { Float(Float16($0 * 8).rounded() / 8) }
      let other = random(count, seed: 6).map { Float(Float16($0 * 8).rounded() / 8) }
      let stored = try sums(base, other, plan, dtype: dtype, hasBytes: true)
      #expect(try stored == sums(base, other, plan, dtype: dtype))
    }
  }

  @Test func aPartReachesOnlyItsGroups() {
    let plan = SegmentPlan(segmentElements: 10, groupCount: 100)
    #expect(plan.groups(of: 25..<51) == 2..<6)
    #expect(plan.groups(of: 0..<1) == 0..<1)
    #expect(plan.groups(of: 990..<1000) == 99..<100)
    #expect(plan.groups(of: 990..<1001) == 0..<100)
    #expect(plan.groups(of: 1010..<1021) == 1..<3)
    #expect(plan.groups(of: 5..<5).isEmpty)
  }
}
