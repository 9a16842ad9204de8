import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Floating-point operations against sums written out by hand from the models' configurations.
struct OperationCountTests {
  private static func count(_ checkpoint: String, tokens: Int) throws -> Double {
    let checkpoint = try Checkpoint(path: Fixtures.path(checkpoint))
    return OperationCount(try GoldenModel.network(checkpoint)).reading(tokens)
  }

  @Test func aDecoderReadsAllRowsButTheLastLayers() throws {
    // 4 layers, hidden 128, 4 query and 2 key heads of 32, intermediate 160, vocabulary 640.
    let keysAndValues = 2 * 64 * 128
    let others = 2 * 128 * 128 + 3 * 128 * 160
    let rows = 2 * (3 * 10 * (keysAndValues + others) + 10 * keysAndValues + others)
    let attention = 4 * 128 * (3 * (1...10).reduce(0, +) + 10)
    let head = 2 * 640 * 128
    #expect(
      try Self.count("series/llama/base", tokens: 10) == Double(rows + attention + head))
  }

  @Test func anEncoderReadsAllAndTheDecoderBegins() throws {
    // 2 and 2 layers, hidden 48, 4 heads of 12, gated intermediate 64, vocabulary 640.
    let (attentionMaps, mlp) = (4 * 48 * 48, 3 * 48 * 64)
    let encoder = 2 * (2 * 10 * (attentionMaps + mlp) + 4 * 48 * 10 * 10)
    let own = 2 * (attentionMaps + mlp) + 4 * 48
    let cross = 2 * (2 * 48 * 48) + 2 * 10 * (2 * 48 * 48) + 4 * 48 * 10
    let head = 2 * 640 * 48
    #expect(
      try Self.count("series/t5/base", tokens: 10) == Double(encoder + 2 * (own + cross) + head))
  }

  @Test func onlyTheExpertsThatAreChosenCount() throws {
    let source = ModelSource(
      try Checkpoint(path: Fixtures.path("golden/models/mixtral")))
    let all = try Architecture(source)
    var fewer = all
    for index in fewer.decoder.layers.indices {
      guard case .experts(var experts) = fewer.decoder.layers[index].mlp else { continue }
      experts.usedCount -= 1
      fewer.decoder.layers[index].mlp = .experts(experts)
    }
    guard case .experts(let shape) = try #require(all.decoder.layers.first).mlp else {
      Issue.record("no experts")
      return
    }
    let difference =
      OperationCount(try Network(source, all)).reading(7)
      - OperationCount(try Network(source, fewer)).reading(7)
    let expert = 2 * 3 * all.hiddenSize * shape.expert.intermediateSize
    #expect(difference == Double(expert * (7 * (all.decoder.layers.count - 1) + 1)))
  }
}
