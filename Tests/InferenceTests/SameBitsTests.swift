import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// Results of scoring have the same bits however the work is arranged.
struct SameBitsTests {
  private static let models = [
    "series/llama/base", "series/bloom/base", "series/t5/base",
  ]

  /// Requests that share starts, some scored where others go on, some longer than the rest.
  private static let requests: [TextRequest] = {
    let head = "Question: What is it?\nAnswer: a lamp\n\nQuestion: What is it?\nAnswer:"
    let long = String(repeating: "The sea is calm and the old miller sings. ", count: 12)
    return [
      TextRequest(context: head, continuation: " a lamp"),
      TextRequest(context: head, continuation: " the"),
      TextRequest(context: head + " a", continuation: " lamp and more of it"),
      TextRequest(context: long, continuation: " ends"),
      TextRequest(context: long, continuation: " ends here"),
      TextRequest(context: "The", continuation: " sea is calm and the old miller sings."),
      TextRequest(context: head, continuation: " a lamp"),
    ]
  }()

  private static func scores(
    _ model: String, _ options: ScoringOptions, threads: Int = 2,
    requests: [TextRequest] = requests
  ) throws -> [UInt64] {
    let model = try LanguageModel(
      Checkpoint(path: Fixtures.path(model)), options: options,
      workGroup: WorkGroup(threadCount: threads))
    return try model.logLikelihoods(of: requests).map(\.value.bitPattern)
  }

  @Test(arguments: models, [Numerics.f32, .bf16, .int8])
  func `for any number of threads, any memory and with prefixes shared or not`(
    _ model: String, _ numerics: Numerics
  ) throws {
    let expected = try Self.scores(model, ScoringOptions(numerics: numerics))
    #expect(Set(expected).count == Self.requests.count - 1)
    for threads in [1, 3, 8] {
      let other = try Self.scores(model, ScoringOptions(numerics: numerics), threads: threads)
      #expect(other == expected)
    }
    // From nothing at all, where each layer is read for a few rows, to a part of what is needed.
    for memory in [0, 300_000, 3_000_000, 60_000_000] {
      for sharesPrefixes in [true, false] {
        let options = ScoringOptions(
          numerics: numerics, memoryByteCount: memory, sharesPrefixes: sharesPrefixes)
        #expect(try Self.scores(model, options) == expected)
      }
    }
  }

  @Test(arguments: models, [Numerics.f32, .bf16, .int8])
  func `for a request alone and in any order`(_ model: String, _ numerics: Numerics) throws {
    let options = ScoringOptions(numerics: numerics)
    let expected = try Self.scores(model, options)
    for (request, bits) in zip(Self.requests, expected) {
      #expect(try Self.scores(model, options, requests: [request]) == [bits])
    }
    let reversed = try Self.scores(model, options, requests: Self.requests.reversed())
    #expect(Array(reversed.reversed()) == expected)
  }

  @Test(arguments: models)
  func `bf16 and int8 stay close to f32`(_ model: String) throws {
    func values(_ numerics: Numerics) throws -> [Double] {
      try Self.scores(model, ScoringOptions(numerics: numerics)).map(Double.init(bitPattern:))
    }
    let exact = try values(.f32)
    for (numerics, tolerance) in [(Numerics.bf16, 0.02), (.int8, 0.05)] {
      let rounded = try values(numerics)
      #expect(rounded != exact)
      for (value, truth) in zip(rounded, exact) {
        #expect(abs(value - truth) <= tolerance * max(1, abs(truth)))
      }
    }
  }

  @Test(arguments: ["llama", "bloom", "t5"])
  func `for a series scored together`(_ name: String) throws {
    let folder = Fixtures.path("series/\(name)")
    let paths = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .map { "\(folder)/\($0)" }
    let workGroup = WorkGroup(threadCount: 2)
    let models = try paths.map {
      try LanguageModel(Checkpoint(path: $0), workGroup: workGroup)
    }
    // The first stage twice: what is the same is computed once.
    let all = models + [models[1]]
    let series = try ModelSeries(all, workGroup: workGroup)
    #expect(series.groups.contains { Set($0).isSuperset(of: [1, models.count]) })
    for (number, group) in series.groups.enumerated() {
      let together = try series.score(group: number, Self.requests)
      for (member, scored) in zip(group, together) {
        #expect(try scored.answers == all[member].logLikelihoods(of: Self.requests))
      }
    }
  }
}
