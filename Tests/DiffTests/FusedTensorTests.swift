import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Projections that one checkpoint has in one tensor and another in several.
@Suite struct FusedTensorTests {
  /// A model whose heads are together in its own checkpoints: heads of queries, of keys, and which
  /// files have it.
  struct Family: Sendable, CustomTestStringConvertible {
    var name: String
    var architecture: String
    var heads: Int
    var groups: Int
    var testDescription: String { name }
  }

  static let families = [
    Family(name: "bloom", architecture: "bloom", heads: 2, groups: 2),
    Family(name: "gpt-neox", architecture: "gptneox", heads: 2, groups: 2),
    Family(name: "falcon", architecture: "falcon", heads: 4, groups: 2),
  ]

  /// The checkpoint with queries, keys and values taken apart by hand.
  private func apart(_ saved: Checkpoint, _ family: Family) throws -> MemorySource {
    var source = MemorySource("apart")
    source.knownArchitecture = family.architecture
    for tensor in saved.tensors {
      guard var role = tensor.role else { continue }
      let values = try saved.values(of: tensor)
      guard role.component == .attn_qkv else {
        source = source.with(tensor.name, role: role, shape: tensor.shape, values)
        continue
      }
      let rows = tensor.shape[0] / (family.heads + 2 * family.groups)
      let columns = values.count / tensor.shape[0]
      let size = family.heads / family.groups
      var parts: [[Float]] = [[], [], []]
      for head in 0..<family.heads + 2 * family.groups {
        let place = head % (size + 2)
        let part = place < size ? 0 : place - size + 1
        parts[part] += values[head * rows * columns..<(head + 1) * rows * columns]
      }
      for (part, component) in zip(parts, [Role.Component.attn_q, .attn_k, .attn_v]) {
        role.component = component
        source = source.with(
          "\(role)", role: role, shape: [part.count / columns] + tensor.shape.dropFirst(), part)
      }
    }
    return source
  }

  @Test(arguments: families) func groupedHeadsComeApart(family: Family) throws {
    let saved = try Checkpoint(path: Fixtures.path("golden/layouts/\(family.name)"))
    let converted = try Checkpoint(path: Fixtures.path("golden/layouts/\(family.name).gguf"))
    let apart = try apart(saved, family)
    for fused in [saved, converted] {
      for reversed in [false, true] {
        let comparison =
          try reversed
          ? CheckpointComparison(base: apart, other: fused)
          : CheckpointComparison(base: fused, other: apart)
        #expect(comparison.isIdentical, "\(comparison.summary)")
        #expect(comparison.tensors.count { $0.role?.component == .attn_k } > 0)
        #expect(!comparison.tensors.contains { $0.role?.component == .attn_qkv })
      }
    }
    // A change of one value is where it belongs.
    let trajectory = try Trajectory(checkpoints: [saved, apart, converted])
    #expect(trajectory.isIdentical)
  }

  @Test(arguments: ["gpt2", "gpt2.gguf"]) func columnsComeApart(name: String) throws {
    let fused = try Checkpoint(path: Fixtures.path("golden/layouts/\(name)"))
    var apart = MemorySource("apart")
    apart.knownArchitecture = "gpt2"
    for tensor in fused.tensors {
      guard var role = tensor.role else { continue }
      let values = try fused.values(of: tensor)
      let shape = tensor.logicalShape
      guard role.component == .attn_qkv else {
        apart = apart.with(tensor.name, role: role, shape: shape, values)
        continue
      }
      let width = shape[shape.count - 1]
      for (third, component) in [Role.Component.attn_q, .attn_k, .attn_v].enumerated() {
        role.component = component
        let columns = third * width / 3..<(third + 1) * width / 3
        let part = values.indices.filter { columns.contains($0 % width) }.map { values[$0] }
        apart = apart.with(
          "\(role)", role: role, shape: shape.dropLast() + [width / 3], part)
      }
    }
    let comparison = try CheckpointComparison(base: fused, other: apart)
    #expect(comparison.isIdentical, "\(comparison.summary)")
    #expect(comparison.tensors.count { $0.role?.component == .attn_v } == 4)
  }

  private func numbers(_ count: Int, from first: Int) -> [Float] {
    (0..<count).map { Float(($0 + first) * 37 % 101) - 50 }
  }

  private func layer(
    _ name: String, _ shape: [Int], from first: Int
  ) -> TinyTensor {
    .f32("model.layers.0.\(name).weight", shape, numbers(shape.reduce(1, *), from: first))
  }

  private func open(_ tensors: [TinyTensor]) throws -> Checkpoint {
    let folder = try TemporaryFolder()
    try folder.write("m.safetensors", TinySafetensors.bytes(tensors))
    return try Checkpoint(path: folder.path("m.safetensors"))
  }

  /// Phi-3 has queries, keys and values in one tensor, gate and up in another.
  @Test func phi3IsALLaMAInOtherPieces() throws {
    let phi = try open([
      layer("self_attn.qkv_proj", [8, 4], from: 0), layer("mlp.gate_up_proj", [12, 4], from: 100),
      layer("mlp.down_proj", [4, 6], from: 500),
    ])
    let llama = try open([
      layer("self_attn.q_proj", [4, 4], from: 0), layer("self_attn.k_proj", [2, 4], from: 16),
      layer("self_attn.v_proj", [2, 4], from: 24), layer("mlp.gate_proj", [6, 4], from: 100),
      layer("mlp.up_proj", [6, 4], from: 124), layer("mlp.down_proj", [4, 6], from: 500),
    ])
    for (base, other) in [(phi, llama), (llama, phi)] {
      let comparison = try CheckpointComparison(base: base, other: other)
      #expect(comparison.isIdentical, "\(comparison.summary)")
      #expect(comparison.tensors.count == 6)
    }
    // Two of a kind are left whole.
    #expect(try CheckpointComparison(base: phi, other: phi).tensors.count == 3)
  }

  @Test func piecesThatDoNotAddUpAreLeft() throws {
    let phi = try open([
      layer("mlp.gate_up_proj", [12, 4], from: 100), layer("mlp.down_proj", [4, 6], from: 500),
    ])
    let llama = try open([
      layer("mlp.gate_proj", [5, 4], from: 100), layer("mlp.up_proj", [5, 4], from: 124),
      layer("mlp.down_proj", [4, 6], from: 500),
    ])
    let comparison = try CheckpointComparison(base: phi, other: llama)
    #expect(comparison.tensors.map(\.role?.component) == [.ffn_down])
    #expect(comparison.resized.map(\.base.name) == ["model.layers.0.mlp.gate_up_proj.weight"])
    #expect(comparison.onlyInOther == ["model.layers.0.mlp.gate_proj.weight"])
  }

  /// What an adapter changes in a fused tensor is in the pieces of it.
  @Test func piecesOfComputedTensorsAreComputed() throws {
    let role = Role(layer: 0, component: .attn_qkv)
    let fused = MemorySource("fused").with("f", role: role, shape: [8, 2], numbers(16, from: 1))
    var apart = MemorySource("apart")
    for (component, rows) in [(Role.Component.attn_q, 0..<4), (.attn_k, 4..<6), (.attn_v, 6..<8)] {
      let part = Role(layer: 0, component: component)
      apart = apart.with(
        "\(part)", role: part, shape: [rows.count, 2],
        Array(numbers(16, from: 1)[rows.lowerBound * 2..<rows.upperBound * 2]))
    }
    let comparison = try CheckpointComparison(base: fused, other: apart)
    #expect(comparison.isIdentical)
    #expect(comparison.tensors.map(\.baseName) == ["f[0..<4]", "f[4..<6]", "f[6..<8]"])
  }

  @Test func runsOfAPieceAreWhereTheyBelong() {
    let whole = TensorInfo(
      name: "w", role: nil, shape: [12], dtype: .f32, elementCount: 12, byteCount: 48,
      shardIndex: 0, fileOffset: 0)
    let place = PartPlace(whole: whole, start: 2, runElements: 2, stride: 4)
    #expect(place.runs(of: 0..<6) == [2..<4, 6..<8, 10..<12])
    #expect(place.runs(of: 1..<4) == [3..<4, 6..<8])
    #expect(place.runs(of: 3..<3).isEmpty)
  }
}
