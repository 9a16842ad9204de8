import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Answers that are told as soon as they are known.
struct AnswerDeliveryTests {
  private static let requests =
    (0..<40).map { number in
      TextRequest(
        context: "Question \(number % 30): \(String(repeating: "what? ", count: 1 + number % 5))",
        continuation: " It is a lamp.")
    } + [
      TextRequest(rolling: String(repeating: "The sea is calm. ", count: 400)),
      TextRequest(rolling: ""),
    ]

  /// With so little memory that there are many batches.
  private static func model(_ name: String) throws -> LanguageModel {
    try LanguageModel(
      Checkpoint(path: Fixtures.path("series/\(name)")),
      options: ScoringOptions(memoryByteCount: 1), workGroup: WorkGroup(threadCount: 2))
  }

  private struct Stopped: Error {}

  @Test(arguments: ["llama/base", "t5/base"])
  func `each answer is told once, over many batches, and is the one that is returned`(
    name: String
  ) throws {
    let model = try Self.model(name)
    var told = [LogLikelihood?](repeating: nil, count: Self.requests.count)
    var callCount = 0
    let scored = try model.score(
      Self.requests, until: nil, progress: nil, plan: nil,
      deliver: { answers in
        callCount += 1
        for (model, request, answer) in answers {
          #expect(model == 0)
          #expect(told[request] == nil)
          told[request] = answer
        }
      })
    #expect(callCount > 3)
    #expect(told == scored.answers)
    #expect(told.allSatisfy { $0 != nil })
    #expect(scored.answers == (try model.score(Self.requests).answers))
  }

  @Test func `answers of a series are told with the model's place in its group`() throws {
    let model = try Self.model("llama/base")
    let series = try ModelSeries([model, model], workGroup: WorkGroup(threadCount: 2))
    #expect(series.groups == [[0, 1]])
    var told: [[LogLikelihood?]] = Array(
      repeating: Array(repeating: nil, count: Self.requests.count), count: 2)
    let scored = try series.score(
      group: 0, Self.requests,
      deliver: { answers in
        for (model, request, answer) in answers { told[model][request] = answer }
      })
    #expect(told == scored.map(\.answers))
  }

  @Test func `what the listener throws ends the run`() throws {
    let model = try Self.model("llama/base")
    var callCount = 0
    #expect(throws: Stopped.self) {
      try model.score(
        Self.requests,
        deliver: { _ in
          callCount += 1
          if callCount == 3 { throw Stopped() }
        })
    }
    #expect(callCount == 3)
  }

  @Test func `an answer that is not finite is not told`() throws {
    var told: [Int] = []
    let pair = RequestEncoder.Encoded(fed: .init(input: [1]), continuation: [2])
    var delivery = AnswerDelivery(EncodedRequests([[pair], [pair, pair], []]), modelCount: 1) {
      told += $0.map(\.request)
    }
    try delivery.begin()
    #expect(told == [2])
    var scores = [Scorer.Score](repeating: .init(value: -1, openCount: 0), count: 3)
    scores[0].value = .nan
    try delivery.add([(0, 0), (0, 2)], [scores])
    #expect(told == [2])
    try delivery.add([(0, 1)], [scores])
    #expect(told == [2, 1])
  }
}
