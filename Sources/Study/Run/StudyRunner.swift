public import Core
import OrderedCollections

/// Carries a plan out: scores every checkpoint, measures drift, and derives the rest.
///
/// What cannot be done, such as a stage whose file is missing, is a problem in the result; all else is
/// done.
public struct StudyRunner<Instruments: StudyInstruments>: Sendable {
  /// What is to be done.
  public let plan: StudyPlan
  /// What measures.
  public let instruments: Instruments
  /// What the user should know before trusting the numbers.
  public let warnings: [String]
  /// What is already known that cannot be done.
  public let problems: [StudyProblem]

  private let axes: [SeriesResult.Axis]
  private let newTasks: [(name: String, tasks: [String])]
  private let benchmark: Instruments.Benchmark
  private let series: [CheckedSeries]

  /// Looks at all checkpoints and makes the plan's tasks ready, before anything costly is done.
  ///
  /// - Throws: ``InputError`` if an axis of several tasks has the name of one of them, or if no series
  ///   can be measured; whatever the instruments throw for a task that does not exist.
  public init(plan: StudyPlan, instruments: Instruments) throws {
    self.plan = plan
    self.instruments = instruments
    axes = try plan.axes.map { axis in
      let tasks = OrderedSet(try axis.tasks.flatMap(instruments.tasks))
      guard tasks.count == 1 || !tasks.contains(axis.name) else {
        throw InputError(
          place: "axis '\(axis.name)'", "has the name of one of its \(tasks.count) tasks",
          hint: "rename the axis: in tables of scores such a name means the whole axis")
      }
      return SeriesResult.Axis(name: axis.name, kind: axis.kind, tasks: Array(tasks))
    }
    newTasks = try plan.newTasks.map { (name: $0, tasks: try instruments.tasks(named: $0)) }
    series = plan.series.map { CheckedSeries($0, instruments.check) }
    problems = series.flatMap(\.problems)
    warnings = series.flatMap(\.warnings)
    guard series.contains(where: \.isMeasurable) else {
      throw InputError(problems.map(\.description).joined(separator: "; "))
    }
    benchmark = try instruments.prepare(
      Array(OrderedSet(axes.flatMap(\.tasks) + newTasks.flatMap(\.tasks))))
  }

  /// The tasks of all axes and the new ones, each once.
  public var tasks: [String] {
    Array(OrderedSet(axes.flatMap(\.tasks) + newTasks.flatMap(\.tasks)))
  }

  /// What scoring will take: each series's base stands for its stages.
  ///
  /// - Throws: What the instruments throw for items that cannot be made tokens.
  public func estimate() throws -> StudyEstimate? {
    var sum: StudyEstimate?
    for series in series where series.isMeasurable {
      guard let own = try instruments.estimate(series.plan.base, on: benchmark) else { return nil }
      let count = series.scored.count
      var all = sum ?? own
      if sum == nil { (all.checkpointCount, all.positionCount, all.seconds) = (0, 0, 0) }
      all.checkpointCount += count
      all.positionCount += count * own.positionCount
      all.seconds += Double(count) * own.seconds
      all.memoryByteCount = max(all.memoryByteCount, count * own.memoryByteCount)
      sum = all
    }
    return sum
  }

  /// Measures and derives everything.
  ///
  /// - Parameters:
  ///   - version: Lethe's version, for the record.
  ///   - command: The command that asked for the study.
  ///   - createdAt: The time, as ISO 8601.
  ///   - progress: Told how far each checkpoint has come.
  ///   - deliver: Given the results and samples of each checkpoint as soon as they are there.
  /// - Returns: All numbers; ``StudyResult/documents()`` writes them down.
  /// - Throws: What `deliver` throws, and ``InputError`` if no series has a base and a stage with scores.
  public func run(
    version: String, command: String, createdAt: String, progress: WorkProgress.Handler? = nil,
    deliver: ([StudyDocument]) throws -> Void
  ) throws -> StudyResult {
    var problems = problems
    var folders: [String] = []
    var measured: [MeasuredSeries] = []
    let usable = series.filter(\.isMeasurable)
    for (number, series) in usable.enumerated() {
      let name = FileName.safe(series.plan.name)
      // Names that differ only in what a file name may not hold must not share a folder.
      folders.append(folders.contains(name) ? "\(folders.count + 1)-\(name)" : name)
      let place = usable.count > 1 ? "\(number + 1)/\(usable.count) \(series.plan.name)" : nil
      measured.append(
        try measure(
          series, folder: folders[number], progress: progress.map { Self.telling($0, place) },
          &problems, deliver))
    }
    let draws = ItemDraws(measured.map(\.scores), workGroup: instruments.workGroup)
    var results = measured.enumerated().map { number, measured in
      SeriesResult(
        measured.series.plan, axes: axes, newTasks: newTasks, checkpoints: measured.checkpoints,
        scores: measured.scores, drift: measured.drift, number: number, draws: draws)
    }
    problems += results.flatMap(\.missingScores)
    for (number, series) in usable.enumerated() {
      guard let wanted = plan.restoration else { break }
      do {
        results[number].restorations = [
          try restore(
            series, results[number], wanted,
            progress.map { Self.telling($0, "restoring \(series.plan.name)") })
        ]
      } catch {
        problems.append(
          StudyProblem(series: series.plan.name, message: "nothing is put back: \(error)"))
      }
    }
    return StudyResult(
      plan: plan, series: results, league: League(results, workGroup: instruments.workGroup),
      contrasts: plan.contrasts.compactMap { SeriesContrast($0, results, draws) },
      problems: problems,
      provenance: StudyResult.Provenance(
        version: version, command: command, createdAt: createdAt,
        numerics: measured.first?.scores.first?.numerics ?? ""))
  }

  /// Puts parts of the base back into the planned stage of a series.
  private func restore(
    _ series: CheckedSeries, _ result: SeriesResult, _ plan: StudyPlan.RestorationPlan,
    _ progress: WorkProgress.Handler?
  ) throws -> Restoration {
    let run = try RestorationRun(plan, of: result, workGroup: instruments.workGroup)
    let tuned = series.plan.stages[run.restoredStage - 1]
    guard series.compared.contains(run.restoredStage) else {
      throw InputError(path: tuned.checkpoint, "is of another shape than the base")
    }
    let restorer = try instruments.restorer(
      base: series.plan.base, tuned: tuned.checkpoint, on: benchmark)
    return try run.run(restorer, progress: progress)
  }

  /// A handler that says in front what the work is part of.
  private static func telling(
    _ handler: @escaping WorkProgress.Handler, _ place: String?
  ) -> WorkProgress.Handler {
    guard let place else { return handler }
    return { report in
      var report = report
      report.phase = "\(place): \(report.phase)"
      handler(report)
    }
  }

  /// What was measured of one series, all checkpoints in their places.
  private struct MeasuredSeries {
    var series: CheckedSeries
    var checkpoints: [CheckpointIdentity]
    var scores: [StageScores]
    var drift: [StageDrift]
  }

  private func measure(
    _ series: CheckedSeries, folder: String, progress: WorkProgress.Handler?,
    _ problems: inout [StudyProblem], _ deliver: ([StudyDocument]) throws -> Void
  ) throws -> MeasuredSeries {
    let names = series.plan.checkpoints
    var checkpoints = names.map { CheckpointIdentity(missing: $0.name, path: $0.path) }
    for place in series.scored {
      checkpoints[place] = try instruments.identity(
        name: names[place].name, path: names[place].path)
    }
    let drift = drift(series, progress, &problems)
    let scoring = StageScoring(
      instruments: instruments, benchmark: benchmark, tasks: tasks, series: series.plan.name,
      progress: progress)
    let outcome = try scoring.run(
      series.scored.map { place in
        StageScoring<Instruments>.Stage(
          name: names[place].name, path: names[place].path,
          folder: "results/\(folder)/\(place)-\(FileName.safe(names[place].name))")
      }, deliver: deliver)
    problems += outcome.problems
    var scores = names.map { _ in StageScores(tasks: [], numerics: "") }
    for (place, found) in zip(series.scored, outcome.scores) { scores[place] = found }
    return MeasuredSeries(
      series: series, checkpoints: checkpoints, scores: scores, drift: drift)
  }

  /// The drift of every stage; empty where it cannot be measured.
  private func drift(
    _ series: CheckedSeries, _ progress: WorkProgress.Handler?, _ problems: inout [StudyProblem]
  ) -> [StageDrift] {
    var drift = series.plan.stages.map {
      StageDrift(stage: $0.name, fromBase: [:], fromPrevious: [:])
    }
    let places = series.compared
    guard places.count > 1 else { return drift }
    do {
      let found = try instruments.drift(of: series.keeping(places), progress: progress)
      for (index, place) in places.dropFirst().enumerated() {
        drift[place - 1] = found[index]
        guard places[index] != place - 1 else { continue }
        // What was measured is the distance from an earlier stage than the one before.
        drift[place - 1].fromPrevious = [:]
        drift[place - 1].turnCosine = nil
      }
    } catch {
      problems.append(
        StudyProblem(series: series.plan.name, message: "no drift is measured: \(error)"))
    }
    return drift
  }
}

/// Names as parts of paths.
enum FileName {
  /// The name with everything but letters, digits, `.`, `_` and `-` turned into `-`.
  static func safe(_ name: String) -> String {
    let text = String(
      name.unicodeScalars.map { scalar -> Character in
        let isKept = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        return isKept || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
      })
    return text.allSatisfy { $0 == "." } ? "-" : text
  }
}
