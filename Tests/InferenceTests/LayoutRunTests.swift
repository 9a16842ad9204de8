import Formats
import TestSupport
import Testing

@testable import Inference

/// The same weights in two formats: the same logits in every bit.
struct LayoutRunTests {
  @Test(arguments: ["llama", "bloom", "gpt2", "t5", "mixtral", "falcon"])
  func `a converted file gives the same bits as what it was made from`(_ name: String) throws {
    func network(_ path: String) throws -> Network {
      try GoldenModel.network(Checkpoint(path: Fixtures.path("golden/layouts/\(path)")))
    }
    let networks = try [network(name), network("\(name).gguf")]
    let tokens = [3, 1, 7, 11, 2, 2, 9, 5]
    let rows = try networks.map {
      try $0.logitBits(context: $0.architecture.encoder == nil ? [] : [4, 8, 0], tokens)
    }
    #expect(rows[0].count == tokens.count)
    #expect(rows[0] == rows[1])
    #expect(Set(rows[0]).count > 1)
  }
}
