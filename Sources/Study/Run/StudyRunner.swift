public import Core
import OrderedCollections

/// Carries a plan out: scores every checkpoint, measures drift, and derives the rest.
public struct StudyRunner<Instruments: StudyInstruments>: Sendable {
  /// What is to be done.
  public let plan: StudyPlan
  /// What measures.
  public let instruments: Instruments

  /// What the user should know before trusting the numbers.
  public let warnings: [String]

  private let axes: [SeriesResult.Axis]
  private let newTasks: [(name: String, tasks: [String])]
  private let benchmark: Instruments.Benchmark

  /// Makes the plan's tasks ready, before anything costly is done.
  ///
  /// - Throws: ``InputError`` if an axis of several tasks has the name of one of them; whatever the
  ///   instruments throw for a task that does not exist or a checkpoint that cannot be scored.
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
    // Every checkpoint is opened before the first is scored: a wrong path must not cost hours.
    warnings = try plan.series.flatMap { try Self.check($0, instruments) }
    benchmark = try instruments.prepare(
      Array(OrderedSet(axes.flatMap(\.tasks) + newTasks.flatMap(\.tasks))))
  }

  /// Opens every checkpoint of a series; says which ones have another tokenizer than the base, or are
  /// computed in another way.
  private static func check(
    _ series: StudyPlan.Series, _ instruments: Instruments
  ) throws -> [String] {
    let tokenizers = try series.checkpoints.map { try instruments.check($0.path) }
    let numerics = try series.checkpoints.map { try instruments.numerics(of: $0.path) }
    return zip(series.checkpoints, tokenizers).filter { $0.1 != tokenizers[0] }.map {
      "\($0.0.path): has another tokenizer than the base of '\(series.name)', so the same text "
        + "reaches the models as different tokens; part of what looks like forgetting may be that"
    }
      + zip(series.checkpoints, numerics).filter { $0.1 != numerics[0] }.map {
        "\($0.0.path): is computed in \($0.1), the base of '\(series.name)' in \(numerics[0]); part of "
          + "what looks like forgetting may be that; '--numerics' makes them one"
      }
  }

  /// The tasks of all axes and the new ones, each once.
  public var tasks: [String] {
    Array(OrderedSet(axes.flatMap(\.tasks) + newTasks.flatMap(\.tasks)))
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
  /// - Throws: What the instruments throw, and ``InputError`` if scores are missing.
  public func run(
    version: String, command: String, createdAt: String, progress: WorkProgress.Handler? = nil,
    deliver: ([StudyDocument]) throws -> Void
  ) throws -> StudyResult {
    var folders: [String] = []
    let series = try plan.series.map { series in
      let name = FileName.safe(series.name)
      // Names that differ only in what a file name may not hold must not share a folder.
      folders.append(folders.contains(name) ? "\(folders.count + 1)-\(name)" : name)
      return try measure(
        series, folder: folders[folders.count - 1], progress: progress, deliver: deliver)
    }
    return StudyResult(
      plan: plan, series: series,
      provenance: StudyResult.Provenance(
        version: version, command: command, createdAt: createdAt,
        numerics: series.first?.scores.first?.numerics ?? ""))
  }

  private func measure(
    _ series: StudyPlan.Series, folder: String, progress: WorkProgress.Handler?,
    deliver: ([StudyDocument]) throws -> Void
  ) throws -> SeriesResult {
    let checkpoints = try series.checkpoints.map {
      try instruments.identity(name: $0.name, path: $0.path)
    }
    let drift = try instruments.drift(of: series, progress: progress)
    let stages = series.checkpoints.enumerated().map { stage, checkpoint in
      (
        path: checkpoint.path,
        folder: "results/\(folder)/\(stage)-\(FileName.safe(checkpoint.name))"
      )
    }
    var scores = [StageScores?](repeating: nil, count: stages.count)
    try instruments.score(stages, on: benchmark, progress: progress) { stage, found in
      try deliver(found.documents)
      scores[stage] = found
    }
    return try SeriesResult(
      series, axes: axes, newTasks: newTasks, checkpoints: checkpoints,
      scores: scores.compactMap(\.self), drift: drift)
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
