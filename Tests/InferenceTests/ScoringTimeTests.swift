import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Scoring that is told what it may take, and that ends before it is done.
struct ScoringTimeTests {
  private static let requests = (0..<40).map { number in
    TextRequest(
      context: "Question \(number): \(String(repeating: "what is it? ", count: 1 + number % 5))",
      continuation: " It is a lamp.")
  }

  private static func model(
    _ options: ScoringOptions = ScoringOptions(memoryByteCount: 1)
  ) throws -> LanguageModel {
    try LanguageModel(
      Checkpoint(path: Fixtures.path("series/llama/base")), options: options,
      workGroup: WorkGroup(threadCount: 2))
  }

  @Test func thePlanIsToldBeforeTheWorkAndIsWhatIsDone() throws {
    nonisolated(unsafe) var plans: [ScoringPlan] = []
    nonisolated(unsafe) var isEarly = true
    let scored = try Self.model(ScoringOptions()).score(Self.requests) { _ in
      isEarly = isEarly && !plans.isEmpty
    } plan: {
      plans.append($0)
    }
    #expect(isEarly)
    #expect(plans.count == 1)
    #expect(plans[0].work == scored.work)
    let memory = plans[0].memory
    #expect(memory.keptWeightByteCount > 0)
    #expect(memory.totalByteCount > memory.keptWeightByteCount)
  }

  @Test func nothingIsAnsweredWhenTheTimeIsUpAtOnce() throws {
    nonisolated(unsafe) var last: WorkProgress?
    let scored = try Self.model().score(Self.requests, until: .now) { last = $0 }
    #expect(scored.answers == [LogLikelihood?](repeating: nil, count: Self.requests.count))
    #expect(scored.work.computedPositionCount == 0)
    #expect(scored.work.naivePositionCount > 0)
    #expect(last?.completed == 0 && last?.total == 0)
  }

  @Test func answersOfARunThatEndsEarlyHaveTheBitsOfAWholeOne() throws {
    let model = try Self.model()
    let encoder = RequestEncoder(
      tokenizer: model.tokenizer, contextLength: model.contextLength, startTokenID: nil)
    let requests = try Self.requests.enumerated().map { try encoder.encode($1, index: $0) }
    let scorer = Scorer(
      networks: [model.network],
      networkTree: NetworkTree(layerCount: model.network.architecture.decoder.layers.count),
      memoryByteCount: 1)
    var batchCount = 0
    let whole = try scorer.run(
      requests,
      while: {
        batchCount += 1
        return true
      })
    var left = batchCount / 2
    let part = try scorer.run(
      requests,
      while: {
        left -= 1
        return left >= 0
      })
    let finished = part.scores[0].indices.filter { part.scores[0][$0].openCount == 0 }
    #expect(!finished.isEmpty && finished.count < requests.count)
    #expect(finished.allSatisfy { part.scores[0][$0] == whole.scores[0][$0] })
    #expect(part.work.computedPositionCount < whole.work.computedPositionCount)
  }
}
