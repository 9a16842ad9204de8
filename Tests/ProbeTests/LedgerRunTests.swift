import Core
import Formats
import Foundation
import Inference
import TestSupport
import Testing

@testable import Probe

/// Runs that go on from what a ledger knows, and what can be done with ledgers.
@Suite struct LedgerRunTests {
  private static let workGroup = WorkGroup(threadCount: 2)

  private static func evaluation(_ tasks: [String]) throws -> Evaluation {
    try Evaluation(
      TaskLibrary(folders: [Fixtures.path("tasks")]).selection(named: tasks),
      options: EvaluationOptions(limit: 6))
  }

  /// Batches of few positions, so that a run can end between many of them.
  private static func models(
    _ names: [String]
  ) throws -> [(source: ModelSource, model: LanguageModel)] {
    try names.map { name in
      let source = ModelSource(try Checkpoint(path: Fixtures.path("series/\(name)")))
      let options = ScoringOptions(numerics: .f32, memoryByteCount: 0)
      return (source, try LanguageModel(source, options: options, workGroup: workGroup))
    }
  }

  private static func run(
    _ names: [String], _ evaluation: Evaluation, _ ledger: ResultLedger?,
    until deadline: ContinuousClock.Instant? = nil
  ) throws -> (results: [EvaluationResult], askedGroups: [[Int]]) {
    let run = try LedgerRun(evaluation, models(names), ledger: ledger, workGroup: workGroup)
    var results = [EvaluationResult?](repeating: nil, count: names.count)
    for (place, result) in run.known { results[place] = result }
    for (group, members) in run.groups.enumerated() {
      for (place, result) in zip(members, try run.run(group: group, until: deadline)) {
        results[place] = result
      }
    }
    return (results.compactMap(\.self), run.groups)
  }

  @Test func `a run that goes on has the same bits, and a second one asks nothing`() throws {
    let names = ["bloom/base", "bloom/stage-1", "bloom/base"]
    let evaluation = try Self.evaluation(["domain_knowledge", "new_headline"])
    let whole = try Self.run(names, evaluation, nil).results
    let folder = try TestSupport.TemporaryFolder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    var counts: [Int] = []
    for milliseconds in [0, 4, 8, 16] {
      let part = try Self.run(names, evaluation, ledger, until: .now + .milliseconds(milliseconds))
      counts.append(part.results.reduce(0) { $0 + $1.itemCount })
      for (found, expected) in zip(part.results, whole) {
        let items = expected.tasks.flatMap(\.items)
        #expect(found.tasks.flatMap(\.items).allSatisfy(items.contains))
      }
    }
    #expect(counts[0] == 0)
    #expect(counts == counts.sorted())
    let rest = try Self.run(names, evaluation, ledger)
    #expect(rest.results.map(\.tasks) == whole.map(\.tasks))
    let again = try Self.run(names, evaluation, ledger)
    #expect(again.askedGroups.isEmpty)
    #expect(again.results.map(\.tasks) == whole.map(\.tasks))
    #expect(again.results.allSatisfy { $0.work.computedPositionCount == 0 })
    let summaries = try ledger.summaries()
    #expect(summaries.count == 2)
    #expect(summaries.allSatisfy { $0.itemCount == evaluation.itemCount })
  }

  @Test func `a new checkpoint costs only itself, and so does a new task`() throws {
    let folder = try TestSupport.TemporaryFolder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    let evaluation = try Self.evaluation(["reading"])
    let first = try Self.run(["llama/base"], evaluation, ledger)
    let more = try Self.run(
      ["llama/stage-1-simplification", "llama/base"], evaluation, ledger)
    #expect(more.askedGroups == [[0]])
    #expect(more.results[1].tasks == first.results[0].tasks)
    let both = try Self.evaluation(["reading", "new_headline"])
    let alone = try Self.run(["llama/base"], Self.evaluation(["new_headline"]), nil)
    let added = try Self.run(["llama/base"], both, ledger)
    #expect(
      added.results[0].work.naivePositionCount == alone.results[0].work.naivePositionCount)
  }

  @Test func `a checkpoint is the same in another format, and other settings are another`() throws {
    let models = try Self.models(["llama/base", "llama-gguf/base-f32.gguf"])
    let identities = try models.map {
      try ModelIdentity($0.source, $0.model, workGroup: Self.workGroup)
    }
    #expect(identities[0] == identities[1])
    let separate = try LanguageModel(
      models[0].source, options: ScoringOptions(numerics: .f32, encoding: .separate),
      workGroup: Self.workGroup)
    let other = try ModelIdentity(models[0].source, separate, workGroup: Self.workGroup)
    #expect(other != identities[0])
    #expect(other.checkpoint == identities[0].checkpoint)
  }

  @Test func `merged ledgers know what each knew`() throws {
    let folder = try TestSupport.TemporaryFolder()
    let first = try ResultLedger(path: folder.path("1.sqlite"))
    let second = try ResultLedger(path: folder.path("2.sqlite"))
    let evaluation = try Self.evaluation(["reading"])
    let one = try Self.run(["bloom/base"], evaluation, first)
    let two = try Self.run(["bloom/base", "bloom/stage-1"], evaluation, second)
    let other = try Self.run(["bloom/base"], Self.evaluation(["new_headline"]), first)
    let added = try first.merge(second)
    #expect(added.models == 1)
    #expect(added.items == evaluation.itemCount)
    #expect(try first.merge(second) == ResultLedger.RowCounts())
    let all = try Self.run(["bloom/base", "bloom/stage-1"], evaluation, first)
    #expect(all.askedGroups.isEmpty)
    #expect(all.results.map(\.tasks) == two.results.map(\.tasks))
    #expect(one.results[0].tasks == two.results[0].tasks)
    #expect(other.results[0].itemCount == 6)
    #expect(
      try first.summaries().map { $0.tasks.map(\.name) } == [
        ["new_headline", "reading"], ["reading"],
      ])
    #expect(throws: InputError.self) { try first.merge(first) }
    #expect(try second.summaries().count == 2)
  }

  @Test func `what is pruned is gone and the rest stays`() throws {
    let folder = try TestSupport.TemporaryFolder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    let evaluation = try Self.evaluation(["reading", "new_headline"])
    _ = try Self.run(["bloom/base", "bloom/stage-1"], evaluation, ledger)
    let before = try ledger.summaries()
    var pruning = ResultLedger.Pruning()
    pruning.task = "reading"
    pruning.checkpoint = String(before[0].identity.checkpoint.prefix(9))
    #expect(try ledger.prune(pruning).items == 6)
    #expect(try ledger.summaries()[0].tasks.map(\.name) == ["new_headline"])
    #expect(try ledger.summaries()[0].answerCount == before[0].answerCount)
    pruning = .init()
    pruning.before = Date(timeIntervalSinceNow: -3600)
    #expect(try ledger.prune(pruning) == ResultLedger.RowCounts())
    pruning.before = Date(timeIntervalSinceNow: 3600)
    pruning.checkpoint = before[0].path
    #expect(try ledger.prune(pruning).models == 1)
    #expect(try ledger.summaries() == [before[1]])
    pruning = .init()
    pruning.isOutdated = true
    #expect(try ledger.prune(pruning) == ResultLedger.RowCounts())
    #expect(try ledger.prune(.init()).models == 1)
    #expect(try ledger.summaries().isEmpty)
  }

  @Test func `exported items are those of the results`() throws {
    let folder = try TestSupport.TemporaryFolder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    let result = try Self.run(["bloom/base"], Self.evaluation(["reading"]), ledger).results[0]
    var records: [LedgerRecord] = []
    try ledger.forEachItem { records.append($0) }
    let items = try #require(result.tasks.first).items
    #expect(records.map(\.number) == items.map(\.index))
    #expect(records.map(\.promptHash) == items.map(\.hashes.prompt))
    #expect(records.map { $0.metrics["acc"]?.double } == items.map { $0.score("acc") })
  }
}
