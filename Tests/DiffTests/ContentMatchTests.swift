import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Tensors whose names say nothing of each other, and those of which values say nothing.
@Suite struct ContentMatchTests {
  private func noise(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  @Test func equalTensorsUnderOtherNamesAreOne() throws {
    let shared = [noise(600, seed: 1), noise(600, seed: 2)]
    let base = MemorySource("base").with("a", [1])
      .with("one", shape: [30, 20], shared[0]).with("two", shape: [30, 20], shared[1])
    let other = MemorySource("other").with("a", [1])
      .with("eins", shape: [30, 20], shared[1]).with("zwei", shape: [30, 20], shared[0])
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.renamed.map(\.baseName) == ["one", "two"])
    #expect(comparison.renamed.map(\.otherName) == ["zwei", "eins"])
    #expect(comparison.renamed.allSatisfy { $0.match.evidence == .equal_sample })
    #expect(comparison.total.isIdentical)
    #expect(comparison.tensors.count == 3)
    #expect(comparison.onlyInBase.isEmpty && comparison.onlyInOther.isEmpty)
    // Another name is a difference.
    #expect(!comparison.isIdentical)
    let json = try #require(comparison.document()["renamed"]?[0])
    #expect(json["base_name"]?.string == "one")
    #expect(json["other_name"]?.string == "zwei")
    #expect(json["evidence"]?.string == "equal_sample")
    #expect(comparison.verdict?.kind == .undetermined)
  }

  @Test func tunedTensorsFindTheirBase() throws {
    var base = MemorySource("base").with("a", [1])
    var other = base
    for number in 0..<5 {
      let values = noise(600, seed: UInt64(number))
      let tuned = zip(values, noise(600, seed: 99)).map { $0 + 0.05 * $1 }
      base = base.with("old.\(number)", shape: [20, 30], values)
      other = other.with("new.\(4 - number)", shape: [20, 30], tuned)
    }
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.renamed.map(\.baseName) == (0..<5).map { "old.\($0)" })
    #expect(comparison.renamed.map(\.otherName) == (0..<5).map { "new.\(4 - $0)" })
    for renamed in comparison.renamed {
      #expect(renamed.match.evidence == .closest_sample)
      #expect(abs(renamed.match.sampleDistance - 0.05) < 0.01)
      #expect(try #require(renamed.match.nextDistance) > 1)
    }
    let trajectory = try Trajectory(checkpoints: [base, other, other])
    #expect(trajectory.stages.allSatisfy { $0.fromBase.renamed.count == 5 })
    // Both stages call them the same.
    #expect(trajectory.stages[1].fromPrevious.renamed.isEmpty)
    #expect(trajectory.stages[1].fromPrevious.isIdentical)
  }

  @Test func strangersStayStrangers() throws {
    let base = MemorySource("base").with("a", [1]).with("b", noise(600, seed: 1))
      .with("ones", Array(repeating: 1, count: 20)).with("more", Array(repeating: 1, count: 20))
    let other = MemorySource("other").with("a", [1]).with("c", noise(600, seed: 2))
      .with("uns", Array(repeating: 1, count: 20)).with("mehr", Array(repeating: 1, count: 20))
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.renamed.isEmpty)
    #expect(comparison.onlyInBase == ["b", "more", "ones"])
    #expect(comparison.onlyInOther == ["c", "mehr", "uns"])
  }

  /// Of two that are as close as each other none is chosen.
  @Test func whatIsNotClearIsNotChosen() throws {
    let values = noise(600, seed: 1)
    func near(_ seed: UInt64) -> [Float] {
      zip(values, noise(600, seed: seed)).map { $0 + 0.05 * $1 }
    }
    let base = MemorySource("base").with("a", [1]).with("b", values)
    let other = MemorySource("other").with("a", [1]).with("c", near(3)).with("d", near(4))
    #expect(try CheckpointComparison(base: base, other: other).renamed.isEmpty)
  }

  // MARK: - What cannot be decoded

  private func open(_ tensors: [TinyTensor], _ name: String = "m.safetensors") throws -> Checkpoint
  {
    let folder = try TemporaryFolder()
    try folder.write(name, TinySafetensors.bytes(tensors))
    return try Checkpoint(path: folder.path(name))
  }

  private func complex(_ name: String, _ first: UInt8) -> TinyTensor {
    TinyTensor(name, "C64", [2], bytes: [first] + Array(repeating: 7, count: 15))
  }

  @Test func oneThatCannotBeDecodedDoesNotFailTheRest() throws {
    let plain = TinyTensor.f32("w", [2], [1, 2])
    let base = try open([plain, complex("z", 1)])
    let same = try open([plain, complex("z", 1)])
    let changed = try open([plain, complex("z", 2)])
    let retyped = try open([plain, .f32("z", [2], [1, 2])])
    let equal = try CheckpointComparison(base: base, other: same)
    #expect(equal.isIdentical)
    #expect(equal.notCompared.map(\.hasSameBytes) == [true])
    #expect(equal.tensors.map(\.baseName) == ["w"])
    let unequal = try CheckpointComparison(base: base, other: changed)
    #expect(unequal.total.isIdentical && !unequal.isIdentical)
    #expect(unequal.notCompared.map(\.hasSameBytes) == [false])
    let mixed = try CheckpointComparison(base: base, other: retyped)
    #expect(!mixed.isIdentical)
    let entry = try #require(mixed.document()["not_compared"]?[0])
    #expect(entry["has_same_bytes"] == .null)
    #expect(entry["reason"]?.string == "C64 cannot be decoded")
    #expect(entry["base_dtype"]?.string == "C64")
    #expect(entry["other_dtype"]?.string == "F32")
    let trajectory = try Trajectory(checkpoints: [base, same, changed])
    #expect(trajectory.stages.map(\.fromBase.isIdentical) == [true, false])
    // Nothing but such tensors is a comparison too.
    let alone = try open([complex("z", 1)])
    #expect(try CheckpointComparison(base: alone, other: alone).isIdentical)
  }

  @Test func anUnknownTypeOfGGUFIsComparedByItsBytes() throws {
    func file(_ first: UInt8) throws -> Checkpoint {
      let folder = try TemporaryFolder()
      let unknown = TinyTensor(
        "blk.0.ffn_up.weight", "?", [2, 32], bytes: [first] + Array(repeating: 3, count: 63))
      let known = TinyTensor.f32("blk.0.ffn_down.weight", [2, 2], [1, 2, 3, 4])
      let bytes = TinyGGUF(
        TinyGGUF.llamaPairs, [TinyGGUF.Tensor(unknown, type: 199), TinyGGUF.Tensor(known)]
      ).bytes
      try folder.write("m.gguf", bytes)
      return try Checkpoint(path: folder.path("m.gguf"))
    }
    let comparison = try CheckpointComparison(base: file(1), other: file(2))
    #expect(comparison.notCompared.map(\.reason) == ["ggml type 199 cannot be decoded"])
    #expect(comparison.notCompared.map(\.hasSameBytes) == [false])
    #expect(comparison.tensors.count == 1)
    #expect(try CheckpointComparison(base: file(1), other: file(1)).isIdentical)
  }

  // MARK: - Vocabularies and copies

  @Test func rowsThatAreMoreAreReported() throws {
    let base = MemorySource("base").with("e", role: .embedding, shape: [2, 2], [1, 2, 3, 4])
    let other = MemorySource("other")
      .with("e", role: .embedding, shape: [4, 2], [1, 2, 3, 5, 3, 4, 0, 2])
    for (first, second, isInBase) in [(base, other, false), (other, base, true)] {
      let comparison = try CheckpointComparison(base: first, other: second)
      let extra = try #require(comparison.resized[0].extraRows)
      #expect(extra.areInBase == isInBase)
      #expect(extra.firstRow == 2 && extra.count == 2)
      #expect(extra.rows.map(\.id) == [2, 3])
      #expect(extra.rows.map(\.l2) == [5, 2])
      #expect(abs(extra.l2 - 29.0.squareRoot()) < 1e-12)
      // The rows in common are tokens too.
      #expect(comparison.tensors[0].segments?.tokens?.map(\.id) == [1])
    }
  }

  @Test func aTiedHeadIsSaid() throws {
    let base = MemorySource("base").with("e", role: .embedding, shape: [2, 2], [1, 2, 3, 4])
    let copy = base.with("h", role: .head, shape: [2, 2], [1, 2, 3, 4])
    let own = base.with("h", role: .head, shape: [2, 2], [1, 2, 3, 5])
    let copied = try CheckpointComparison(base: base, other: copy)
    #expect(copied.tiedCopies.map(\.writtenName) == ["h"])
    #expect(copied.tiedCopies.map(\.isTiedInBase) == [true])
    #expect(copied.tiedCopies.map(\.isCompared) == [true])
    let loose = try CheckpointComparison(base: own, other: base)
    #expect(loose.tiedCopies.map(\.isTiedInBase) == [false])
    #expect(loose.tiedCopies.map(\.isCompared) == [false])
    #expect(loose.onlyInBase == ["h"])
    #expect(try CheckpointComparison(base: copy, other: own).tiedCopies.isEmpty)
    #expect(try CheckpointComparison(base: base, other: base).tiedCopies.isEmpty)
  }

  @Test(arguments: [
    ("llama", "bloom"), ("llama", "t5"), ("bloom", "gpt-neox"), ("gpt2", "llama"),
  ])
  func otherArchitecturesAreRefusedByName(first: String, second: String) throws {
    let base = try Checkpoint(path: Fixtures.path("golden/layouts/\(first)"))
    let other = try Checkpoint(path: Fixtures.path("golden/layouts/\(second).gguf"))
    let error = #expect(throws: InputError.self) {
      try CheckpointComparison(base: base, other: other)
    }
    let message = try #require(error?.message)
    #expect(message.contains("'\(try #require(other.architecture))' cannot be compared with"))
    #expect(message.contains("'\(try #require(base.architecture))' of \(base.path)"))
  }
}
