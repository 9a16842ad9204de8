public import Core
import OrderedCollections

/// Carries a plan out: scores every checkpoint, measures drift, and derives the rest.
public struct StudyRunner<Instruments: StudyInstruments>: Sendable {
  /// What is to be done.
  public let plan: StudyPlan
  /// What measures.
  public let instruments: Instruments

  private let axes: [SeriesResult.Axis]
  private let newTasks: [(name: String, tasks: [String])]
  private let benchmark: Instruments.Benchmark

  /// Makes the plan's tasks ready, before anything costly is done.
  ///
  /// - Throws: ``InputError`` if an axis of several tasks has the name of one of them; whatever the
  ///   instruments throw for a task that does not exist.
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
    benchmark = try instruments.prepare(
      Array(OrderedSet(plan.axes.flatMap(\.tasks) + plan.newTasks)))
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
    let series = try plan.series.map { series in
      try measure(series, progress: progress, deliver: deliver)
    }
    return StudyResult(
      plan: plan, series: series,
      provenance: StudyResult.Provenance(
        version: version, command: command, createdAt: createdAt,
        numerics: series.first?.scores.first?.numerics ?? ""))
  }

  private func measure(
    _ series: StudyPlan.Series, progress: WorkProgress.Handler?,
    deliver: ([StudyDocument]) throws -> Void
  ) throws -> SeriesResult {
    // Headers first: a checkpoint that cannot be read is found before hours of scoring.
    let checkpoints = try series.checkpoints.map {
      try instruments.identity(name: $0.name, path: $0.path)
    }
    let drift = try instruments.drift(of: series, progress: progress)
    let scores = try series.checkpoints.enumerated().map { stage, checkpoint in
      let scores = try instruments.scores(
        of: checkpoint.path, on: benchmark,
        folder: "results/\(FileName.safe(series.name))/\(stage)-\(FileName.safe(checkpoint.name))",
        progress: progress)
      try deliver(scores.documents)
      return scores
    }
    return try SeriesResult(
      series, axes: axes, newTasks: newTasks, checkpoints: checkpoints, scores: scores,
      drift: drift)
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
