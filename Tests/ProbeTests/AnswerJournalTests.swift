import Core
import Formats
import Foundation
import Inference
import TestSupport
import Testing

@testable import Probe

/// Runs that go on from where an earlier one ended, against one that was never disturbed.
@Suite struct AnswerJournalTests {
  private static let workGroup = WorkGroup(threadCount: 2)

  /// Batches of few positions, so that a run can end between many of them.
  private static func series() throws -> (sources: [ModelSource], series: ModelSeries) {
    let sources = try ["base", "stage-1"].map {
      ModelSource(try Checkpoint(path: Fixtures.path("series/bloom/\($0)")))
    }
    let models = try sources.map {
      try LanguageModel($0, options: ScoringOptions(memoryByteCount: 0), workGroup: workGroup)
    }
    return (sources, try ModelSeries(models + [models[0]], workGroup: workGroup))
  }

  @Test func goingOnGivesTheSameBits() throws {
    let evaluation = try Evaluation(
      TaskLibrary(folders: [Fixtures.path("tasks")]).selection(named: ["domain_knowledge"]),
      options: EvaluationOptions(limit: 12))
    let (sources, series) = try Self.series()
    // The base is there twice, so one group has two members.
    let group = try #require(series.groups.firstIndex { $0.count == 2 })
    let whole = try evaluation.run(with: series, group: group)
    let temporary = try TemporaryFolder([:])
    let path = temporary.path
    let folder = try OutputFolder(path: path)
    let journals = try series.groups[group].map { _ in
      try AnswerJournal(folder, sources[0], series.models[0], workGroup: Self.workGroup)
    }
    var counts: [Int] = []
    for milliseconds in [0, 4, 8, 16, 32] {
      let part = try evaluation.run(
        with: series, group: group, journals: journals,
        until: .now + .milliseconds(milliseconds))
      counts.append(part[0].itemCount)
      for item in part[0].tasks.flatMap(\.items) {
        #expect(whole[0].tasks.flatMap(\.items).contains(item))
      }
      if part[0].itemCount < evaluation.itemCount { #expect(AnswerJournal.exists(in: folder)) }
    }
    #expect(counts[0] == 0)
    #expect(counts == counts.sorted())
    let rest = try evaluation.run(with: series, group: group, journals: journals)
    #expect(rest.map(\.tasks) == whole.map(\.tasks))
    #expect(!AnswerJournal.exists(in: folder))
    let done = try evaluation.run(with: series, group: group)
    #expect(done.map(\.tasks) == whole.map(\.tasks))
  }

  @Test func anotherCheckpointHasAnotherJournal() throws {
    let requests = [TextRequest(context: "The", continuation: " sea")]
    let (sources, series) = try Self.series()
    let temporary = try TemporaryFolder([:])
    let path = temporary.path
    let folder = try OutputFolder(path: path)
    let own = try AnswerJournal(
      folder, sources[0], series.models[0], workGroup: Self.workGroup)
    let other = try AnswerJournal(
      folder, sources[1], series.models[1], workGroup: Self.workGroup)
    let more = requests + [TextRequest(context: "The s", continuation: "ea")]
    let answer = LogLikelihood(value: -0.1 - 1e-17, isGreedy: true, tokenCount: 1)
    try own.keep([answer, nil], to: more)
    #expect(try own.answers(to: more) == [answer, nil])
    #expect(try other.answers(to: more) == [nil, nil])
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: path).first)
    try Data("{}\n".utf8).write(to: URL(filePath: "\(path)/\(name)"))
    let error = #expect(throws: InputError.self) { try own.answers(to: more) }
    #expect(error?.place == "row 1")
  }
}
