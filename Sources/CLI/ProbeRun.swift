import Core
import Formats
import Foundation
import Inference
import Probe

/// Scores the checkpoints of `lethe probe`, those with something in common together.
struct ProbeRun {
  let evaluation: Evaluation
  let sources: [ModelSource]
  let scoring: ScoringOptions
  let common: CommonOptions
  /// Where results and samples are written as soon as they are there.
  let folder: OutputFolder?
  /// When the time is up; `nil` for never.
  let end: ContinuousClock.Instant?

  /// One report for each checkpoint, in their order.
  func reports() throws -> [HarnessReport] {
    let series = try ModelSeries(
      sources.map { try common.languageModel($0, scoring) }, workGroup: common.workGroup)
    var reports = [HarnessReport?](repeating: nil, count: sources.count)
    var openCount = sources.count
    for (group, members) in series.groups.enumerated() {
      // What some checkpoints leave of their share is the others'.
      let deadline = end.map { end in
        let now = ContinuousClock.now
        return now + (end - now) * members.count / openCount
      }
      openCount -= members.count
      for (member, report) in zip(members, try self.reports(series, group, until: deadline)) {
        if let folder { try report.write(to: folder) }
        reports[member] = report
      }
    }
    return reports.compactMap(\.self)
  }

  private func reports(
    _ series: ModelSeries, _ group: Int, until deadline: ContinuousClock.Instant?
  ) throws -> [HarnessReport] {
    let started = Date()
    let clock = ContinuousClock.now
    let members = series.groups[group]
    let results = try score(series, group, until: deadline)
    // What all took together is shared out evenly.
    let seconds = (ContinuousClock.now - clock) / .seconds(1) / Double(members.count)
    return try zip(members, results).map { member, result in
      let model = series.models[member]
      warn(of: result, model)
      return HarnessReport(
        result, of: evaluation,
        model: try ModelDescription(sources[member], model, workGroup: common.workGroup),
        run: RunDescription(version: Lethe.version, started: started, seconds: seconds))
    }
  }

  private func score(
    _ series: ModelSeries, _ group: Int, until deadline: ContinuousClock.Instant?
  ) throws -> [EvaluationResult] {
    let paths = series.groups[group].map { series.models[$0].path }
    let name = paths.count == 1 ? paths[0] : shortNames(ofPaths: paths).joined(separator: ", ")
    let terminal = common.terminal
    let journals = try journals(series, group)
    let results = try terminal.withProgress { handler in
      try evaluation.run(with: series, group: group, journals: journals, until: deadline) {
        handler?($0.of(name))
      } plan: { plan in
        terminal.tell(plan, path: name, limit: scoring.memoryByteCount)
      }
    }
    if let work = results.first?.work { terminal.tell(work, path: name) }
    return results
  }

  /// Where a run whose time is up leaves its answers, and a later one finds them.
  private func journals(_ series: ModelSeries, _ group: Int) throws -> [AnswerJournal] {
    guard let folder, end != nil || AnswerJournal.exists(in: folder) else { return [] }
    return try series.groups[group].map {
      try AnswerJournal(folder, sources[$0], series.models[$0], workGroup: common.workGroup)
    }
  }

  /// Says what a user should know before trusting the scores.
  private func warn(of result: EvaluationResult, _ model: LanguageModel) {
    if result.itemCount < evaluation.itemCount {
      common.terminal.warn(
        "\(model.path): time is up: \(NumberText.grouped(result.itemCount)) of "
          + "\(NumberText.grouped(evaluation.itemCount)) items done"
          + (folder == nil ? "" : "; the same command goes on from there"))
    }
    if result.shortenedRequestCount > 0 {
      common.terminal.warn(
        "\(model.path): \(result.shortenedRequestCount) requests are longer than the model's "
          + "\(model.contextLength) tokens and lost the start of their context")
    }
  }
}
