import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Formats

/// Parts of a base put back into a tuned model, tensor by tensor.
@Suite struct BlendTests {
  private static let base = Fixtures.path("series/llama/base")
  private static let tuned = Fixtures.path("series/llama/stage-5-headline")

  private static func pair(_ base: String, _ tuned: String) throws -> BlendPair {
    try BlendPair(base: ModelSource(argument: base), tuned: ModelSource(argument: tuned))
  }

  /// A copy of the trained base in 32-bit floats with some of its tensors replaced.
  private static func copy(
    into folder: TemporaryFolder, config: [String: JSONValue] = [:],
    _ change: (String, [Int], [Float]) -> (shape: [Int], values: [Float])?
  ) throws -> String {
    let source = try Checkpoint(path: base)
    let tensors = try source.tensors.compactMap { tensor in
      try change(tensor.name, tensor.shape, source.values(of: tensor)).map { changed in
        try SafetensorsTensor(
          tensor.name, shape: changed.shape, dtype: .f32,
          bytes: changed.values.flatMap { littleEndian($0.bitPattern) })
      }
    }
    try SafetensorsWriter().write(tensors, toFolder: folder.path)
    var document = try #require(source.configDocument?.object)
    for (key, value) in config { document[key] = value }
    try folder.write("config.json", JSONValue.object(document).serialized())
    return folder.path
  }

  @Test func placesAndComponentsAreThoseOfTheModel() throws {
    let pair = try Self.pair(Self.base, Self.tuned)
    #expect(pair.places == (0..<4).map { .layer(.decoder, $0) } + [.outside])
    #expect(
      pair.components.map(\.rawValue) == [
        "token_embd", "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm",
        "ffn_gate", "ffn_up", "ffn_down", "output_norm", "output",
      ])
    #expect(pair.notes.isEmpty)
    let stacks = try Self.pair(
      Fixtures.path("series/t5/base"), Fixtures.path("series/t5/stage-2"))
    #expect(
      stacks.places == [
        .layer(.encoder, 0), .layer(.encoder, 1), .layer(.decoder, 0), .layer(.decoder, 1),
        .outside,
      ])
    #expect(stacks.notes.isEmpty)
  }

  @Test(arguments: ["series/llama/base", "series/llama-gguf/base-bf16.gguf"])
  func whatIsPutBackIsTheBasesWhateverItsFormat(base: String) throws {
    let pair = try Self.pair(Fixtures.path(base), Self.tuned)
    let (reference, tuned) = (try Checkpoint(path: Self.base), try Checkpoint(path: Self.tuned))
    let part = ModelPart(places: [.layer(.decoder, 1)], components: [.attn_q, .ffn_down])
    let blend = pair.model(part, name: "blend")
    #expect(blend.path == "blend")
    #expect(Set(blend.tensors.map(\.name)) == Set(tuned.tensors.map(\.name)))
    for tensor in blend.tensors {
      let isBack =
        tensor.layer == 1 && [.attn_q, .ffn_down].contains(tensor.role?.component)
      let origin = isBack ? reference : tuned
      let own = try #require(origin.tensor(named: tensor.name))
      #expect(tensor.logicalShape == own.logicalShape)
      #expect(try blend.values(of: tensor) == origin.values(of: own), "\(tensor.name)")
    }
    let role = Role(layer: 1, component: .attn_q)
    #expect(blend.tensor(role: role)?.name == "model.layers.1.self_attn.q_proj.weight")
  }

  @Test func whatLiesBetweenIsRoundedOnce() throws {
    let pair = try Self.pair(Fixtures.path("series/llama-gguf/base-bf16.gguf"), Self.tuned)
    let (base, tuned) = (try Checkpoint(path: Self.base), try Checkpoint(path: Self.tuned))
    let blend = pair.model(.everything, alpha: 0.3, name: "blend")
    for tensor in blend.tensors {
      let (first, second) = (
        try base.values(of: try #require(base.tensor(named: tensor.name))),
        try tuned.values(of: try #require(tuned.tensor(named: tensor.name)))
      )
      let expected = zip(first, second).map { Float(0.3 * Double($0) + (1 - 0.3) * Double($1)) }
      #expect(try blend.values(of: tensor) == expected)
      #expect(tensor.dtype == .f32)
      // Any stretch has the same values.
      #expect(
        try blend.values(of: tensor, elements: 5..<77) == Array(expected[5..<77]))
    }
    // Equal weights stay what they are, to the last bit.
    let frozen = try Self.pair(Self.base, Fixtures.path("series/adapters/llama"))
    let half = frozen.model(.everything, alpha: 0.7, name: "half")
    let name = "model.layers.0.mlp.up_proj.weight"
    #expect(
      try half.values(of: try #require(half.tensor(named: name)))
        == base.values(of: try #require(base.tensor(named: name))))
  }

  @Test func aVocabularyThatGrewIsPutBackAsFarAsTheBaseKnowsIt() throws {
    let folder = try TemporaryFolder()
    let grown = try Self.copy(into: folder, config: ["vocab_size": 642]) { name, shape, values in
      let isVocabulary = name.contains("embed") || name.contains("lm_head")
      let rows = isVocabulary ? [Float](repeating: 9, count: 2 * shape[1]) : []
      return (
        isVocabulary ? [shape[0] + 2, shape[1]] : shape, values.map { $0 + 1 } + rows
      )
    }
    let pair = try Self.pair(Self.base, grown)
    #expect(pair.notes.count == 2)
    #expect(
      pair.notes.contains(
        "'lm_head.weight' has 642 rows and the base's 640: only the first 640 can be put back"))
    let blend = pair.model(.everything, name: "blend")
    let head = try #require(blend.tensor(named: "lm_head.weight"))
    #expect(head.logicalShape == [642, 128])
    let base = try Checkpoint(path: Self.base)
    let own = try base.values(of: try #require(base.tensor(named: "lm_head.weight")))
    #expect(try blend.values(of: head) == own + [Float](repeating: 9, count: 256))
    #expect(
      try blend.values(of: head, elements: own.count - 3..<own.count + 3)
        == Array(own.suffix(3)) + [9, 9, 9])
    // The other way round the tuned model's shape stands.
    let shrunk = try Self.pair(grown, Self.base).model(.everything, name: "blend")
    let small = try #require(shrunk.tensor(named: "lm_head.weight"))
    #expect(try shrunk.values(of: small) == own.map { $0 + 1 })
    #expect(throws: InputError.self) {
      try BlendWriter(
        try Self.pair(Self.base, Fixtures.path("series/bloom/base")), part: .everything, alpha: 1)
    }
  }

  @Test func aTiedHeadGoesWithTheEmbedding() throws {
    let folders = [try TemporaryFolder(), try TemporaryFolder()]
    // The tuned model's file writes the head once more, the base's does not.
    let tuned = try Self.copy(into: folders[0], config: ["tie_word_embeddings": true]) {
      name, shape, values in (shape, values.map { $0 + 1 })
    }
    let base = try Self.copy(into: folders[1], config: ["tie_word_embeddings": true]) {
      name, shape, values in name.contains("lm_head") ? nil : (shape, values)
    }
    let pair = try Self.pair(base, tuned)
    #expect(pair.notes.isEmpty)
    #expect(!pair.components.contains(.output))
    let blend = pair.model(ModelPart(components: [.token_embd]), name: "blend")
    let own = try Checkpoint(path: Self.base)
    let embedding = try own.values(of: try #require(own.tensor(named: "model.embed_tokens.weight")))
    for name in ["model.embed_tokens.weight", "lm_head.weight"] {
      #expect(try blend.values(of: try #require(blend.tensor(named: name))) == embedding)
    }
    withExtendedLifetime(folders) {}
  }

  @Test func whatOnlyOneOfTheTwoHasIsSaidAndStays() throws {
    let folder = try TemporaryFolder()
    let partial = try Self.copy(into: folder) { name, shape, values in
      name == "model.layers.2.self_attn.q_proj.weight" ? nil : (shape, values.map { $0 + 1 })
    }
    let pair = try Self.pair(partial, Self.base)
    #expect(
      pair.notes == [
        "'model.layers.2.self_attn.q_proj.weight' is not in the base, so never put back"
      ])
    let blend = pair.model(.everything, name: "blend")
    let name = "model.layers.2.self_attn.q_proj.weight"
    #expect(
      try blend.values(of: try #require(blend.tensor(named: name)))
        == pair.tuned.values(of: try #require(pair.tuned.tensor(named: name))))
    #expect(
      try Self.pair(Self.base, partial).notes == [
        "'model.layers.2.self_attn.q_proj.weight' is only in the base, so never put back"
      ])
  }

  @Test func modelsOfOtherShapesAreRefused() throws {
    let folder = try TemporaryFolder()
    let wide = try Self.copy(into: folder) { name, shape, values in
      name.contains("layers.1.mlp.up")
        ? ([shape[0] + 1, shape[1]], values + [Float](repeating: 0, count: shape[1]))
        : (shape, values)
    }
    #expect {
      try Self.pair(Self.base, wide)
    } throws: {
      "\($0)"
        == "\(wide): tensor 'model.layers.1.mlp.up_proj.weight': shape [161, 128], while "
        + "'model.layers.1.mlp.up_proj.weight' of \(Self.base) has [160, 128]"
    }
  }

  @Test func hashesFollowFromThoseOfTheTwo() throws {
    let group = WorkGroup(threadCount: 2)
    let pair = try Self.pair(Fixtures.path("series/llama-gguf/base-bf16.gguf"), Self.tuned)
    let hashes = try BlendHashes(pair, workGroup: group)
    #expect(
      try hashes.contentHash(of: .everything, alpha: 1)
        == Checkpoint(path: Self.base).contentHash(workGroup: group))
    #expect(
      try hashes.contentHash(of: .everything, alpha: 0)
        == pair.tuned.contentHash(workGroup: group))
    let layer = ModelPart(places: [.layer(.decoder, 2)])
    #expect(
      try hashes.contentHash(of: layer, alpha: 1)
        == pair.model(layer, name: "x").contentHash(workGroup: group))
    let others = [0.25, 0.5].map { hashes.contentHash(of: layer, alpha: $0) }
    #expect(Set(others + [hashes.contentHash(of: layer, alpha: 1)]).count == 3)
    #expect(
      hashes.contentHash(of: ModelPart(places: [.layer(.decoder, 1)]), alpha: 0.5) != others[1])
  }

  @Test func aTensorOfOnePlaceIsKnownWithoutALook() throws {
    let pair = try Self.pair(Self.base, Fixtures.path("series/adapters/llama"))
    let models = (0..<3).map { layer in
      pair.model(ModelPart(places: [.layer(.decoder, layer)]), name: "\(layer)")
    }
    func origin(_ model: Int, _ name: String) throws -> TensorOrigin? {
      models[model].origin(of: try #require(models[model].tensor(named: name)))
    }
    // What an adapter changes is one place, too.
    let changed = "model.layers.2.self_attn.q_proj.weight"
    #expect(try origin(0, changed) != nil)
    #expect(try origin(0, changed) == origin(1, changed))
    #expect(try origin(0, changed) != origin(2, changed))
    let half = pair.model(.everything, alpha: 0.5, name: "half")
    #expect(half.origin(of: try #require(half.tensor(named: changed))) == nil)
  }

  // MARK: - Writing

  @Test func aFolderAppearsWholeAndSaysWhatItIs() throws {
    let folder = try TemporaryFolder()
    let pair = try Self.pair(Self.base, Fixtures.path("series/llama/stage-4-explanation"))
    let part = ModelPart(places: [.layer(.decoder, 0)])
    let writer = try BlendWriter(pair, part: part, alpha: 0.5)
    let group = WorkGroup(threadCount: 2)
    let path = folder.path("a/b")
    let record = try writer.write(toFolder: path, version: "1.2.3", workGroup: group)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("a")) == ["b"])
    #expect(
      record.files == [
        "config.json", "generation_config.json", "lethe_restore.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json",
      ])
    #expect(record.counts == [.tuned: 30, .blend: 9])
    let written = try Checkpoint(path: path)
    // Stage 4 is stored in 32 bits, so nothing was rounded.
    let blend = pair.model(part, alpha: 0.5, name: "blend")
    #expect(
      try written.contentHash(workGroup: group) == blend.contentHash(workGroup: group))
    #expect(written.metadata["lethe_version"] == "1.2.3")
    #expect(written.metadata["lethe_alpha"] == "0.5")
    #expect(written.metadata["format"] == "pt")
    let document = try JSONValue(
      parsing: String(contentsOfFile: "\(path)/lethe_restore.json", encoding: .utf8))
    #expect(document == record.document)
    #expect(document["layers"] == ["decoder 0"])
    #expect(document["components"] == .null)
    #expect(
      document["content_hash"]?.string == "\(try written.contentHash(workGroup: group))")
    #expect(
      document["base"]?["content_hash"]?.string
        == "\(try pair.base.contentHash(workGroup: group))")
    for name in ["config.json", "tokenizer.json"] {
      #expect(
        try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
          == Data(contentsOf: URL(filePath: "\(pair.tuned.path)/\(name)")))
    }
    #expect {
      try writer.write(toFolder: path, version: "1", workGroup: group)
    } throws: {
      "\($0)".hasPrefix("\(path): already holds 'config.json'")
    }
  }

  @Test func aFolderThatCannotBeFinishedLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let pair = try Self.pair(Self.base, Self.tuned)
    let writer = try BlendWriter(pair, part: .everything, alpha: 1)
    // A file where the folder should be, and a parent that is a file.
    try folder.write("file", "x")
    for path in [folder.path("file"), folder.path("file/inside")] {
      #expect(throws: InputError.self) {
        try writer.write(toFolder: path, version: "1", workGroup: WorkGroup())
      }
    }
    try folder.makeFolder("empty")
    _ = try writer.write(toFolder: folder.path("empty"), version: "1", workGroup: WorkGroup())
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["empty", "file"])
  }

  @Test func quantizedWeightsAreWrittenAsFloatsUnderTheNamesOfTheBase() throws {
    let folder = try TemporaryFolder()
    let quantized = Fixtures.path("series/llama-gguf/base-q8_0.gguf")
    let pair = try Self.pair(Self.base, quantized)
    let writer = try BlendWriter(pair, part: ModelPart(places: [.layer(.decoder, 3)]), alpha: 1)
    #expect(writer.notes.contains { $0.contains("written as plain floats") })
    _ = try writer.write(toFolder: folder.path("out"), version: "1", workGroup: WorkGroup())
    let (written, base) = (
      try Checkpoint(path: folder.path("out")), try Checkpoint(path: Self.base)
    )
    let source = try Checkpoint(path: quantized)
    #expect(Set(written.tensors.map(\.name)) == Set(base.tensors.map(\.name)))
    for tensor in written.tensors {
      #expect(tensor.dtype == .f32)
      let role = try #require(tensor.role)
      let origin = tensor.layer == 3 ? base : source
      #expect(
        try written.values(of: tensor) == origin.values(of: try #require(origin.tensor(role: role)))
      )
    }
    #expect {
      try BlendWriter(
        try Self.pair(Fixtures.path("series/llama-gguf/base-bf16.gguf"), quantized),
        part: .everything, alpha: 1)
    } throws: {
      "\($0)".contains("is a folder with a 'config.json'")
    }
  }
}
