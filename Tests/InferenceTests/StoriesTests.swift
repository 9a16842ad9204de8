import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// A real trained model (stories260K) against a forward pass in f64.
@Suite(.enabled(if: TestData.has("models/stories260K"), "the test data is not here"))
struct StoriesTests {
  private static let folder = "models/stories260K"

  @Test(arguments: ["stories260K.f32.safetensors", "stories260K.f32.gguf"])
  func `losses equal those of a forward pass in f64`(_ file: String) throws {
    let reference = try Self.reference
    let ids = try #require(reference["text_ids"]).integers
    let losses = try #require(reference["nll_per_token"]).numbers
    #expect(losses.count == ids.count - 1)

    var pass = ForwardPass(try Self.network(file))
    var worst = 0.0
    try pass.run(Array(ids.dropLast()), scoredCount: ids.count - 1) { position, logits in
      let loss = logits.logSumExp - Double(logits[ids[position + 1]])
      let difference = abs(loss - losses[position])
      if !(difference <= worst) { worst = difference }
    }
    #expect(worst < 1e-4)
  }

  @Test(arguments: ["stories260K.f32.safetensors", "stories260K.f32.gguf"])
  func `greedy text is that of a forward pass in f64`(_ file: String) throws {
    let expected = try #require(Self.reference["greedy_from_bos_ids"]).integers
    #expect(expected.count > 100)
    let made = try GreedyDecoder(network: Self.network(file), contextLength: 512)
      .generate(from: [expected[0]], maximumCount: expected.count - 1)
    #expect([expected[0]] + made.tokens == expected)
    #expect(made.end == .count)
  }

  @Test func `both files give the same bits`() throws {
    let ids = try #require(Self.reference["text_ids"]).integers
    let rows = try ["stories260K.f32.safetensors", "stories260K.f32.gguf"].map {
      try Self.network($0).logitBits(ids)
    }
    #expect(rows[0].count == ids.count)
    #expect(rows[0] == rows[1])
  }

  private static var reference: JSONValue {
    get throws {
      let data = try Data(contentsOf: URL(filePath: TestData.path("\(folder)/reference.json")))
      return try JSONValue(parsing: Array(data))
    }
  }

  private static func network(_ file: String) throws -> Network {
    try GoldenModel.network(Checkpoint(path: TestData.path("\(folder)/\(file)")))
  }
}
