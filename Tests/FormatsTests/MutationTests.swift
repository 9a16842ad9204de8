import Core
import Formats
import TestSupport
import Testing

/// Valid files with some bytes changed: they open or are refused, and nothing else happens.
@Suite struct MutationTests {
  static let safetensors = TinySafetensors.bytes(
    [
      .f32("model.layers.0.self_attn.q_proj.weight", [8, 2], (0..<16).map(Float.init)),
      .bf16("model.embed_tokens.weight", [2, 2], [1, 2, 3, 4]),
      TinyTensor("mask", "BOOL", [3], bytes: [0, 1, 1]),
    ], metadata: ["format": "pt", "note": "x"])

  static let gguf = TinyGGUF(
    TinyGGUF.llamaPairs + [
      ("general.alignment", .u32(32)),
      ("tokenizer.ggml.tokens", .array(type: 8, (0..<16).map { .string("t\($0)") })),
      ("nested", .array(type: 9, [.array(type: 0, [.u8(1)])])),
    ],
    [
      .init(.f32("blk.0.attn_q.weight", [32, 2], (0..<64).map(Float.init))),
      .init(TinyTensor("q", "Q8_0", [2, 32], bytes: .init(repeating: 3, count: 68))),
    ]
  ).bytes

  @Test(arguments: ["x.safetensors", "x.gguf"]) func nothingCrashes(name: String) throws {
    let valid = name.hasSuffix("gguf") ? Self.gguf : Self.safetensors
    var generator = SplitMix(seed: TestSeed.value)
    var openCount = 0
    for _ in 0..<3_000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: bytes.indices, using: &generator)
        let edges: [UInt8] = [0, 1, 0x7f, 0x80, 0xff, UInt8(ascii: "9"), UInt8(ascii: "{")]
        bytes[position] =
          Bool.random(using: &generator)
          ? .random(in: 0...255, using: &generator)
          : edges[Int.random(in: edges.indices, using: &generator)]
      }
      if Int.random(in: 0..<10, using: &generator) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      do {
        let checkpoint = try open(bytes, as: name)
        openCount += 1
        for tensor in checkpoint.tensors where tensor.isDecodable {
          #expect(try checkpoint.values(of: tensor).count == tensor.elementCount)
        }
        if let tokens = try checkpoint.metadataArray("tokenizer.ggml.tokens") {
          #expect(try tokens.byteStrings().count == tokens.count)
        }
      } catch let error as CheckpointError {
        #expect(!error.problem.message.isEmpty, "\(TestSeed.comment)")
      } catch {
        Issue.record("\(TestSeed.comment): \(error)")
      }
    }
    // Changes that hit values alone leave a file valid.
    #expect((1..<3_000).contains(openCount), "\(TestSeed.comment)")
  }
}
