import Core
import Formats
import TestSupport
import Testing

@testable import Diff

struct CheckpointComparisonTests {
  let base = MemorySource("base")
    .with("q1", role: .attnQ(1), [1, 0, 0, 0])
    .with("q0", role: .attnQ(0), [3, 4])
    .with("n0", role: .attnNorm(0), [1, 1])
    .with("embedding", role: .embedding, shape: [3, 2], [1, 2, 3, 4, 5, 6])
  let other = MemorySource("other")
    .with("blk.0.q", role: .attnQ(0), [3, 4])
    .with("blk.1.q", role: .attnQ(1), [-1, 0, 0, 0])
    .with("blk.0.n", role: .attnNorm(0), [1, 1.5])
    .with("embd", role: .embedding, shape: [3, 2], [1, 2, 3, 4, 5, 6])

  @Test func metricsAreThoseWorkedOutByHand() throws {
    let metrics = try CheckpointComparison(base: base, other: other)[.tensor(.role(.attnQ(1)))]
    let delta = try #require(metrics)
    #expect(delta.elementCount == 4)
    #expect(delta.l2Base == 1)
    #expect(delta.l2Other == 1)
    #expect(delta.l2Delta == 2)
    #expect(delta.relativeL2 == 2)
    #expect(delta.cosine == -1)
    #expect(delta.maxAbs == 2)
    #expect(delta.maxAbsIndex == 0)
    #expect(delta.meanDelta == -0.5)
    #expect(delta.rmsDelta == 1)
    #expect(delta.identicalFraction == 0.75)
    #expect(delta.signFlipFraction == 0.25)
    #expect(!delta.isIdentical)
  }

  @Test func tensorsAddUpToLayersComponentsAndModel() throws {
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.tensors.map(\.baseName) == ["embedding", "n0", "q0", "q1"])
    #expect(comparison.tensors.map(\.otherName) == ["embd", "blk.0.n", "blk.0.q", "blk.1.q"])
    #expect(comparison.layers.map(\.key.layer) == [0, 1])
    #expect(comparison.layers[0].metrics.elementCount == 4)
    #expect(comparison.layers[0].metrics.l2Base == (2.0 + 25).squareRoot())
    #expect(comparison.layers[0].metrics.l2Delta == 0.5)
    #expect(comparison.layers[0].metrics.maxAbsIndex == nil)
    #expect(comparison[.component(.attn_q)]?.l2Base == 26.0.squareRoot())
    #expect(comparison[.component(.attn_q)]?.l2Delta == 2)
    #expect(comparison.total.elementCount == 14)
    #expect(comparison.total.l2Delta == 4.25.squareRoot())
    #expect(comparison.total.maxAbs == 2)
    #expect(!comparison.isIdentical)
  }

  @Test func nothingDiffersFromItself() throws {
    let comparison = try CheckpointComparison(base: base, other: base)
    #expect(comparison.isIdentical)
    #expect(comparison.total.l2Delta == 0)
    #expect(comparison.total.cosine == 1)
    #expect(comparison.total.relativeL2 == 0)
    #expect(comparison.tensors.allSatisfy { $0.metrics.maxAbsIndex == nil })
  }

  @Test func aBaseOfZerosHasNoRelativeL2() throws {
    let zeros = MemorySource("zeros").with("w", [0, 0])
    let ones = MemorySource("ones").with("w", [1, 1])
    let delta = try CheckpointComparison(base: zeros, other: ones).total
    #expect(delta.relativeL2 == nil)
    #expect(delta.cosine == nil)
    #expect(delta.l2Delta == 2.0.squareRoot())
  }

  @Test func aNaNIsCountedAndLeavesNoNumber() throws {
    let broken = MemorySource("broken").with("w", [1, .nan, 3])
    let whole = MemorySource("whole").with("w", [1, 2, 5])
    let delta = try CheckpointComparison(base: whole, other: broken).total
    #expect(delta.nonFiniteCount == 1)
    #expect(delta.relativeL2 == nil)
    #expect(delta.cosine == nil)
    #expect(delta.l2Base == 30.0.squareRoot())
    #expect(delta.l2Delta.isNaN)
    #expect(delta.maxAbs == 2)
    let itself = try CheckpointComparison(base: broken, other: broken)
    #expect(itself.isIdentical)
  }

  @Test func aTensorWithoutElementsDiffersInNothing() throws {
    let source = MemorySource("source").with("w", [1]).with("empty", shape: [0, 4], [])
    let delta = try CheckpointComparison(base: source, other: source)[.tensor(.name("empty"))]
    #expect(delta?.isIdentical == true)
    #expect(delta?.meanDelta == 0)
    #expect(delta?.identicalFraction == 1)
  }

  @Test func threadsDoNotChangeABit() throws {
    let count = FusedPass.pieceElements + 2 * FusedPass.stripElements + 5
    var generator = SplitMix(seed: 3)
    let values = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    let moved = values.map { $0 + Float.random(in: -0.01...0.01, using: &generator) }
    let base = MemorySource("base").with("big", values).with("small", [1, 2, 3])
    let other = MemorySource("other").with("big", moved).with("small", [1, 2, 4])
    let one = try CheckpointComparison(base: base, other: other, workGroup: .init(threadCount: 1))
    for threadCount in 2...3 {
      let more = try CheckpointComparison(
        base: base, other: other, workGroup: .init(threadCount: threadCount))
      #expect(more.tensors == one.tensors)
      #expect(more.total == one.total)
    }
    let deltas = zip(values, moved).map { abs(Double($1) - Double($0)) }
    #expect(one[.tensor(.name("big"))]?.maxAbsIndex == deltas.firstIndex(of: deltas.max() ?? 0))
    #expect(one[.tensor(.name("big"))]?.elementCount == count)
  }

  @Test func storedBytesGiveTheBitsOfDecodedValues() throws {
    var generator = SplitMix(seed: 5)
    let count = FusedPass.pieceElements + FusedPass.stripElements / 2 + 3
    // Multiples of 1/16 are exact in all three types.
    let values = (0..<count).map { _ in Float(Int.random(in: -15...15, using: &generator)) / 16 }
    let moved = values.map { $0 + Float(Int.random(in: -1...1, using: &generator)) / 16 }
    for (dtype, otherDType) in [(DType.bf16, DType.f16), (.f32, .bf16), (.f16, .f16)] {
      var base = MemorySource("base").with("w", dtype: dtype, values)
      var other = MemorySource("other").with("w", dtype: otherDType, moved)
      let decoded = try CheckpointComparison(base: base, other: other)
      base.hasBytes = true
      let mixed = try CheckpointComparison(base: base, other: other)
      other.hasBytes = true
      let stored = try CheckpointComparison(base: base, other: other)
      #expect(mixed.tensors == decoded.tensors)
      #expect(stored.tensors == decoded.tensors)
      #expect(stored.total.identicalFraction > 0.3 && stored.total.identicalFraction < 0.4)
    }
  }
}
