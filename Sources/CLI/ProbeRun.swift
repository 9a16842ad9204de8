import Core
import Formats
import Foundation
import Inference
import Probe

/// Scores the checkpoints of `lethe probe`, those with something in common together.
struct ProbeRun {
  /// A checkpoint, and what it is asked: with chat templates of their own, checkpoints have prompts of
  /// their own.
  struct Subject {
    var source: ModelSource
    var evaluation: Evaluation
    /// Checkpoints with the same number are asked the same.
    var kind: Int
  }

  let subjects: [Subject]
  let scoring: ScoringOptions
  let common: CommonOptions
  /// Where results and samples are written as soon as they are there.
  let folder: OutputFolder?
  /// Where answers are kept as soon as they are there, and found again.
  let ledger: ResultLedger?
  /// When the time is up; `nil` for never.
  let end: ContinuousClock.Instant?

  /// One report for each checkpoint, in their order.
  func reports() throws -> [HarnessReport] {
    var reports = [HarnessReport?](repeating: nil, count: subjects.count)
    var openCount = subjects.count
    for kind in Set(subjects.map(\.kind)).sorted() {
      let batch = try Batch(
        subjects.indices.filter { subjects[$0].kind == kind }, subjects, scoring, ledger, common)
      func add(_ report: HarnessReport, of place: Int) throws {
        if let folder { try report.write(to: folder) }
        reports[batch.places[place]] = report
      }
      openCount -= batch.run.known.count
      for (place, result) in batch.run.known {
        common.terminal.detail(
          "\(batch.models[place].model.path): 0 positions computed, the ledger knows all answers")
        try add(report(batch, place, result, started: Date(), seconds: 0), of: place)
      }
      for (group, members) in batch.run.groups.enumerated() {
        // What some checkpoints leave of their share is the others'.
        let deadline = end.map { end in
          let now = ContinuousClock.now
          return now + (end - now) * members.count / openCount
        }
        openCount -= members.count
        for (place, report) in zip(members, try self.reports(batch, group, until: deadline)) {
          try add(report, of: place)
        }
      }
    }
    return reports.compactMap(\.self)
  }

  /// Checkpoints that are asked the same.
  private struct Batch {
    /// Which of all checkpoints they are.
    var places: [Int]
    var models: [(source: ModelSource, model: LanguageModel)]
    var evaluation: Evaluation
    var run: LedgerRun

    init(
      _ places: [Int], _ subjects: [Subject], _ scoring: ScoringOptions, _ ledger: ResultLedger?,
      _ common: CommonOptions
    ) throws {
      self.places = places
      evaluation = subjects[places[0]].evaluation
      models = try places.map { place in
        let source = subjects[place].source
        return (source, try common.languageModel(source, scoring))
      }
      run = try LedgerRun(evaluation, models, ledger: ledger, workGroup: common.workGroup)
    }
  }

  /// The reports of one group of checkpoints.
  private func reports(
    _ batch: Batch, _ group: Int, until deadline: ContinuousClock.Instant?
  ) throws -> [HarnessReport] {
    let started = Date()
    let clock = ContinuousClock.now
    let members = batch.run.groups[group]
    let results = try score(batch, group, until: deadline)
    // What all took together is shared out evenly.
    let seconds = (ContinuousClock.now - clock) / .seconds(1) / Double(members.count)
    return try zip(members, results).map { place, result in
      try report(batch, place, result, started: started, seconds: seconds)
    }
  }

  private func report(
    _ batch: Batch, _ place: Int, _ result: EvaluationResult, started: Date, seconds: Double
  ) throws -> HarnessReport {
    let (source, model) = batch.models[place]
    warn(of: result, batch.evaluation, model)
    return HarnessReport(
      result, of: batch.evaluation,
      model: try ModelDescription(
        source, model, contentHash: batch.run.contentHash(of: place), workGroup: common.workGroup),
      run: RunDescription(version: Lethe.version, started: started, seconds: seconds))
  }

  private func score(
    _ batch: Batch, _ group: Int, until deadline: ContinuousClock.Instant?
  ) throws -> [EvaluationResult] {
    let paths = batch.run.groups[group].map { batch.models[$0].model.path }
    let name = paths.count == 1 ? paths[0] : shortNames(ofPaths: paths).joined(separator: ", ")
    let terminal = common.terminal
    let results = try terminal.withProgress { handler in
      try batch.run.run(group: group, until: deadline) {
        handler?($0.of(name))
      } plan: { plan in
        terminal.tell(plan, path: name, limit: scoring.memoryByteCount)
      }
    }
    if let work = results.first?.work { terminal.tell(work, path: name) }
    return results
  }

  /// Says what a user should know before trusting the scores.
  private func warn(
    of result: EvaluationResult, _ evaluation: Evaluation, _ model: LanguageModel
  ) {
    if result.itemCount < evaluation.itemCount {
      common.terminal.warn(
        "\(model.path): time is up: \(NumberText.grouped(result.itemCount)) of "
          + "\(NumberText.grouped(evaluation.itemCount)) items done"
          + (ledger == nil ? "" : "; the same command goes on from there"))
    }
    if result.shortenedRequestCount > 0 {
      common.terminal.warn(
        "\(model.path): \(result.shortenedRequestCount) requests are longer than the model's "
          + "\(model.contextLength) tokens and lost the start of their context")
    }
  }
}
