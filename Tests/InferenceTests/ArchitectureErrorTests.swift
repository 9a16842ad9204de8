import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// Models that do not fit their configuration, or ask for what is not computed: one clear error.
struct ArchitectureErrorTests {
  struct Change: CustomTestStringConvertible {
    var model: String
    /// What stands in the configuration, and what is put in its stead.
    var old, new: String
    var message: String
    var testDescription: String { "\(model): \(new)" }
  }

  static let changes = [
    Change(
      model: "llama", old: #""intermediate_size": 48"#, new: #""intermediate_size": 40"#,
      message: "shape [48, 32] does not fit the configuration, which says [40, 32]"),
    Change(
      model: "llama", old: #""num_hidden_layers": 2"#, new: #""num_hidden_layers": 3"#,
      message: "no tensor for 'blk.2.attn_q.weight', which the model needs"),
    Change(
      model: "llama", old: #""num_hidden_layers": 2"#, new: #""num_hidden_layers": 1"#,
      message: "the configuration has no use for it, so the model would compute something else"),
    Change(
      model: "llama", old: #""hidden_act": "silu""#, new: #""hidden_act": "mish""#,
      message: "activation 'mish' cannot be run for architecture 'llama'"),
    Change(
      model: "llama", old: #""rope_type": "default""#, new: #""rope_type": "spiral""#,
      message: "rotary scaling of type 'spiral' cannot be run for architecture 'llama'"),
    Change(
      model: "llama", old: #""attention_bias": false"#, new: #""attention_bias": true"#,
      message: "no tensor for 'blk.0.attn_q.bias', which the model needs"),
    Change(
      model: "llama-biases", old: #""mlp_bias": true"#, new: #""mlp_bias": false"#,
      message: "the configuration has no use for it, so the model would compute something else"),
    Change(
      model: "llama-tied", old: #""tie_word_embeddings": true"#,
      new: #""tie_word_embeddings": false"#,
      message: "no tensor for 'output.weight', which the model needs"),
    Change(
      model: "llama", old: #""model_type": "llama""#, new: #""model_type": "mamba""#,
      message: "architecture 'mamba' cannot be run"),
  ]

  @Test(arguments: changes)
  func `a configuration that does not fit is one error`(_ change: Change) throws {
    let folder = try TemporaryFolder()
    let source = Fixtures.path("golden/models/\(change.model)")
    let text = try String(contentsOfFile: "\(source)/config.json", encoding: .utf8)
    #expect(text.contains(change.old))
    let changed = text.replacing(change.old, with: change.new)
    try folder.write("config.json", changed)
    try FileManager.default.copyItem(
      atPath: "\(source)/model.safetensors", toPath: folder.path("model.safetensors"))
    let error = #expect(throws: (any Error).self) {
      _ = try GoldenModel.network(Checkpoint(path: folder.path))
    }
    #expect(try "\(#require(error))".contains(change.message), "\(error.map { "\($0)" } ?? "")")
  }
}
