public import Core
import OrderedCollections

/// The scores of runs, checked once: every task has a base and every stage.
public struct ScoreTable: Sendable, Equatable {
  /// The scores of one task, or of one axis as a whole, along a run.
  public struct Series: Sendable, Equatable {
    /// The run that the scores belong to.
    public var run: String
    /// The ability that the task measures.
    public var axis: String
    /// The task; the axis's name for an aggregate.
    public var task: String
    /// The scores by stage, the base first; at least two.
    ///
    /// `nil` within an aggregate of a run that has nothing but aggregates, as published tables of
    /// first and last scores have, and where a stage of a study could not be scored.
    public var scores: [Double?]
    /// The score before stage 1.
    public var initial: Double
    /// The score after the last stage.
    public var final: Double
    /// The score of guessing; `nil` where it is not known.
    public var chance: Double?
    /// Whether the scores are of a whole axis rather than of one task.
    public var isAggregate: Bool
  }

  /// The scale of all scores.
  public let scale: ScoreScale
  /// All series, in the order in which they first appear.
  public let series: [Series]

  /// Takes series as they are.
  init(scale: ScoreScale, series: [Series]) {
    self.scale = scale
    self.series = series
  }

  /// Checks records and groups them.
  ///
  /// - Parameters:
  ///   - records: The scores, in any order.
  ///   - scale: Their scale.
  ///   - path: The file that they come from, for errors.
  /// - Throws: ``InputError`` if a score is outside its scale or given twice, or if a task lacks its
  ///   base, a stage, or any stage after the base.
  public init(records: [ScoreRecord], scale: ScoreScale, path: String? = nil) throws(InputError) {
    let checker = ScoreChecker(path: path, scale: scale)
    try checker.checkRanges(records)
    var groups: OrderedDictionary<SeriesKey, [ScoreRecord]> = [:]
    for record in records {
      groups[SeriesKey(record), default: []].append(record)
    }
    let stages = Dictionary(grouping: records, by: \.run).mapValues { Set($0.map(\.stage)) }
    let aggregateRuns = Dictionary(grouping: records, by: \.run)
      .mapValues { $0.allSatisfy(\.isAggregate) }
    var series: [Series] = []
    for (key, group) in groups {
      series.append(
        try checker.series(
          key, group, runStages: stages[key.run] ?? [],
          mayHaveGaps: aggregateRuns[key.run] ?? false))
    }
    self.scale = scale
    self.series = series
  }
}

/// What a series is of.
struct SeriesKey: Hashable {
  let run: String
  let axis: String
  let task: String

  init(_ record: ScoreRecord) {
    run = record.run
    axis = record.axis
    task = record.task
  }

  var place: String { "run '\(run)', axis '\(axis)', task '\(task)'" }
}
