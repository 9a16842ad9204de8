import Core
import Formats
import Testing

@testable import Diff

struct PairingTests {
  @Test func missingAndExtraTensorsAreListed() throws {
    let base = MemorySource("base").with("a", [1]).with("b", [2])
    let other = MemorySource("other").with("a", [1]).with("c", [3])
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.onlyInBase == ["b"])
    #expect(comparison.onlyInOther == ["c"])
    #expect(comparison.total.isIdentical)
    #expect(!comparison.isIdentical)
  }

  @Test func commonRowsOfAResizedVocabularyAreCompared() throws {
    let base = MemorySource("base").with("e", role: .embedding, shape: [2, 2], [1, 2, 3, 4])
    let other = MemorySource("other")
      .with("e", role: .embedding, shape: [3, 2], [1, 2, 3, 5, 9, 9])
    for (first, second) in [(base, other), (other, base)] {
      let comparison = try CheckpointComparison(base: first, other: second)
      #expect(comparison.tensors.map(\.shape) == [[2, 2]])
      #expect(comparison.total.elementCount == 4)
      #expect(comparison.total.maxAbs == 1)
      #expect(comparison.resized.map(\.comparedRowCount) == [2])
      #expect(comparison.onlyInBase.isEmpty && comparison.onlyInOther.isEmpty)
    }
  }

  @Test func otherTensorsOfUnequalShapeAreListedAndNotCompared() throws {
    let base = MemorySource("base").with("a", [1]).with("q", role: .attnQ(0), [1, 2])
    let other = MemorySource("other").with("a", [1]).with("q", role: .attnQ(0), [1, 2, 3])
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.tensors.map(\.baseName) == ["a"])
    #expect(comparison.resized.map(\.base.name) == ["q"])
    #expect(comparison.resized.map(\.comparedRowCount) == [0])
    #expect(!comparison.isIdentical)
  }

  @Test func aFilterAsksForRoleAndBothNames() throws {
    let base = MemorySource("base").with("mine", role: .attnQ(0), [1]).with("b", [2])
    let other = MemorySource("other").with("yours", role: .attnQ(0), [1]).with("b", [2])
    for wanted in ["mine", "yours", "\(Role.attnQ(0))"] {
      let comparison = try CheckpointComparison(base: base, other: other) { $0 == wanted }
      #expect(comparison.tensors.map(\.baseName) == ["mine"])
    }
    let error = #expect(throws: InputError.self) {
      try Pairing(base: base, other: other) { _ in false }
    }
    #expect(error?.message == "no tensor matches the filter")
  }

  @Test func strangersAreRefused() {
    let base = MemorySource("base").with("a", [1])
    let other = MemorySource("other").with("b", [1])
    let error = #expect(throws: InputError.self) { try Pairing(base: base, other: other) }
    #expect(error?.path == "other")
    #expect(error?.message == "no tensor has a partner of the same shape in base")
  }

  @Test func otherArchitecturesAndSizesAreRefused() throws {
    func source(_ path: String, _ architecture: String, hiddenSize: Int) -> MemorySource {
      let config = ModelConfig(
        architecture: architecture, layerCount: 1, hiddenSize: hiddenSize, intermediateSize: 4,
        headCount: 1, keyValueHeadCount: 1, headDimension: 2, vocabularySize: 2, contextLength: 8)
      return MemorySource(path, config: config).with("q", role: .attnQ(0), [1, 2])
    }
    let base = source("base", "llama", hiddenSize: 2)
    let wide = #expect(throws: InputError.self) {
      try Pairing(base: base, other: source("wide", "llama", hiddenSize: 4))
    }
    #expect(wide?.message == "hidden size 4 cannot be compared with 2 of base")
    let bloom = source("bloom", "bloom", hiddenSize: 2)
    let foreign = #expect(throws: InputError.self) {
      try Pairing(base: base.with("a", [1]), other: bloom.with("b", [1]))
    }
    #expect(foreign?.path == "bloom")
    #expect(foreign?.message == "architecture 'bloom' cannot be compared with 'llama' of base")
    var unreadable = MemorySource("other").with("b", [1])
    unreadable.knownArchitecture = "bloom"
    let unread = #expect(throws: InputError.self) { try Pairing(base: base, other: unreadable) }
    #expect(
      unread?.message == "architecture 'bloom' cannot be compared with 'llama' of base")
    // Another name for the same tensors of the same shapes is no other architecture.
    #expect(try Pairing(base: base, other: bloom).pairs.count == 1)
  }

  @Test func aBufferInOneOnlyIsListedAndNoDifference() throws {
    let rotary = Role(layer: nil, component: .rope_freqs)
    let base = MemorySource("base").with("a", [1])
    let other = base.with("rope_freqs.weight", role: rotary, [1, 2])
    let comparison = try CheckpointComparison(base: base, other: other)
    #expect(comparison.buffers == ["rope_freqs.weight"])
    #expect(comparison.onlyInOther.isEmpty)
    #expect(comparison.isIdentical)
  }

  @Test func aSecondTensorOfARoleKeepsItsName() throws {
    let source = MemorySource("base").with("one", role: .head, [1]).with("two", role: .head, [2])
    let pairing = try Pairing(base: source, other: source)
    #expect(pairing.pairs.map(\.key) == [.role(.head), .name("two")])
  }
}
