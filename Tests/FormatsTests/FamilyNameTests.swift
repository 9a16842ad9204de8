import Core
import OrderedCollections
import TestSupport
import Testing

@testable import Formats

/// Names that transformers writes for every family, and those that llama.cpp's converter makes of
/// them.
@Suite struct FamilyNameTests {
  struct Family: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var architecture: String
    var huggingFace: [String]
    var gguf: [String]
  }

  static let families: [Family] = {
    let document = try? Golden.document("layouts/names.json")
    return (document?["families"]?.object ?? [:]).map { name, family in
      func names(_ key: String) -> [String] { family[key]?.array?.compactMap(\.string) ?? [] }
      return Family(
        testDescription: name, architecture: family["architecture"]?.string ?? "",
        huggingFace: names("hugging_face"), gguf: names("gguf"))
    }
  }()

  @Test func thereAreTheFamilies() {
    #expect(Self.families.count == 27)
    #expect(Self.families.allSatisfy { !$0.huggingFace.isEmpty && !$0.gguf.isEmpty })
  }

  /// With the architecture and without it: the names alone tell.
  @Test(arguments: families) func bothSidesAreTheSameRoles(family: Family) throws {
    let names = family.huggingFace.map { TensorName($0) }
    let expected = try family.gguf.map { try #require(Role(ggufName: TensorName($0)), "\($0)") }
    #expect(expected.map(\.description) == family.gguf)
    for architecture in [family.architecture, nil, "unheard-of"] {
      let table = try #require(NameTable.best(for: family.huggingFace, architecture: architecture))
      var roles: Set<Role> = []
      for name in names {
        var role = try #require(table.role(of: name), "\(name)")
        role.expert = nil
        roles.insert(role)
      }
      #expect(roles == Set(expected))
    }
  }

  /// The part of a model below its head is saved without the first part of the names.
  @Test(arguments: families) func namesWithoutTheirPrefixAreTheSame(family: Family) {
    let prefixes = ["model.", "transformer.", "gpt_neox."]
    for name in family.huggingFace {
      guard let prefix = prefixes.first(where: name.hasPrefix) else { continue }
      let bare = TensorName(String(name.dropFirst(prefix.count)))
      #expect(Role(huggingFaceName: bare) == Role(huggingFaceName: TensorName(name)), "\(name)")
    }
  }

  @Test(arguments: [
    ("layers.3.attention.wq.weight", "blk.3.attn_q.weight"),
    ("layers.3.attention.wo.weight", "blk.3.attn_output.weight"),
    ("layers.3.attention_norm.weight", "blk.3.attn_norm.weight"),
    ("layers.3.ffn_norm.weight", "blk.3.ffn_norm.weight"),
    ("layers.3.feed_forward.w1.weight", "blk.3.ffn_gate.weight"),
    ("layers.3.feed_forward.w2.weight", "blk.3.ffn_down.weight"),
    ("layers.3.feed_forward.w3.weight", "blk.3.ffn_up.weight"),
    ("tok_embeddings.weight", "token_embd.weight"), ("output.weight", "output.weight"),
    ("norm.weight", "output_norm.weight"),
    ("model.layers.0.block_sparse_moe.experts.7.w2.weight", "blk.0.ffn_down_exps.7.weight"),
    ("transformer.h.1.mixer.Wqkv.bias", "blk.1.attn_qkv.bias"),
    ("language_model.model.layers.1.self_attn.q_proj.weight", "blk.1.attn_q.weight"),
    ("model.language_model.layers.1.self_attn.q_proj.weight", "blk.1.attn_q.weight"),
    ("encoder.embed_tokens.weight", "enc.token_embd.weight"),
    ("decoder.block.0.layer.0.SelfAttention.o.weight", "dec.blk.0.attn_o.weight"),
  ])
  func otherSpellingsHaveARole(name: String, role: String) {
    #expect(Role(huggingFaceName: TensorName(name))?.description == role)
  }

  @Test(arguments: [
    "vision_tower.vision_model.encoder.layers.0.self_attn.q_proj.weight",
    "model.layers.0.self_attn.experts.0.q_proj.weight", "model.layers.0.mlp.experts.x.w1.weight",
    "encoder.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj",
  ])
  func namesOfOtherModelsHaveNone(name: String) {
    #expect(Role(huggingFaceName: TensorName(name)) == nil)
  }

  /// The first GGUF files of Mixtral had one tensor for each expert.
  @Test func oldExpertsAreTheSame() {
    let old = Role(ggufName: TensorName("blk.2.ffn_gate.5.weight"))
    #expect(old == Role(layer: 2, component: .ffn_gate_exps, expert: 5))
    #expect(Role(ggufName: TensorName("blk.2.attn_q.5.weight")) == nil)
  }

  /// The masks of GPT-2 and GPT-NeoX are called as if they were biases.
  @Test func masksAreNoBiases() throws {
    let names = [
      "h.0.attn.bias", "h.0.attn.masked_bias", "h.0.attn.c_attn.bias", "h.0.ln_1.bias",
    ]
    let checkpoint = try open(
      TinySafetensors.bytes(names.map { .f32($0, [1], [1]) }), as: "x.safetensors")
    #expect(checkpoint.tensors.map(\.isBuffer) == [true, true, false, false])
    #expect(checkpoint.tensors.map(\.layer) == [0, 0, 0, 0])
    let neox = TensorName("gpt_neox.layers.4.attention.bias")
    #expect(Role(huggingFaceName: neox)?.component == .attn_mask)
  }

  /// The same name stands for different norms in two families; the others in the file tell which.
  @Test func theFileTellsWhichNormItIs() throws {
    let norm = "model.layers.0.post_attention_layernorm.weight"
    let last = "model.layers.0.post_feedforward_layernorm.weight"
    func role(_ names: [String], _ architecture: String?) -> Role.Component? {
      NameTable.best(for: names, architecture: architecture)?
        .role(of: TensorName(norm))?.component
    }
    #expect(role([norm], nil) == .ffn_norm)
    #expect(role([norm], "gemma2") == .post_attention_norm)
    #expect(role([norm, last], nil) == .post_attention_norm)
    #expect(role([norm, last], "llama") == .post_attention_norm)
  }

  @Test func twoStacksAreInTheOrderOfTheModel() {
    let order = [
      "token_embd.weight", "enc.blk.0.attn_q.weight", "enc.blk.1.ffn_down.weight",
      "enc.output_norm.weight", "dec.blk.0.attn_q.weight", "dec.blk.0.cross_attn_q.weight",
      "dec.blk.0.ffn_up.weight", "dec.output_norm.weight", "output.weight",
    ]
    let roles = order.compactMap { Role(ggufName: TensorName($0)) }
    #expect(roles.reversed().sorted().map(\.description) == order)
  }

  @Test func aStrangeEncoderIsToldFromADecoder() throws {
    let checkpoint = try open(
      TinySafetensors.bytes([
        .f32("encoder.layers.0.thing.weight", [1], [1]),
        .f32("decoder.layers.0.thing.weight", [1], [1]),
      ]), as: "x.safetensors")
    #expect(checkpoint.tensors.map(\.stack) == [.encoder, .decoder])
    #expect(checkpoint.tensors.map(\.layer) == [0, 0])
    #expect(
      LayerGroup.groups(checkpoint.tensors).map(\.tensorCount) == [1, 1])
  }
}
