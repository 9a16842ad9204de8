import OrderedCollections

/// The forgetting of every task and every axis of a table of scores.
public struct ForgettingReport: Sendable, Equatable {
  /// The scale of the scores.
  public let scale: ScoreScale
  /// One result for each run and axis, in the order of the table.
  public private(set) var axes: [Forgetting]
  /// One result for each run, axis and task.
  public private(set) var tasks: [Forgetting]

  /// Computes all results.
  ///
  /// An axis is computed from its tasks. Its aggregate scores serve only where it has no tasks: then
  /// they stand for a single one, and a note says that this FG is of the aggregate, not the mean of
  /// the tasks' FG. Where it has tasks too, its aggregate scores are not used.
  public init(_ table: ScoreTable) {
    let grouped = OrderedDictionary(grouping: table.series) { AxisKey(run: $0.run, axis: $0.axis) }
    var axes: [Forgetting] = []
    var tasks: [Forgetting] = []
    for series in grouped.values {
      let elements = series.filter { !$0.isAggregate }
      let sources = elements.isEmpty ? series : elements
      let results = sources.map { Forgetting($0, scale: table.scale) }
      let notes = Self.notes(
        hasElements: !elements.isEmpty, hasAggregate: elements.count < series.count)
      if let axis = Forgetting(axisOf: results, notes: notes) { axes.append(axis) }
      if !elements.isEmpty { tasks += results }
    }
    scale = table.scale
    self.axes = axes
    self.tasks = tasks
  }

  /// Says how far resampling the items lets the values go.
  ///
  /// - Parameters:
  ///   - series: The number of the series in the draws.
  ///   - draws: The draws.
  mutating func addIntervals(series: Int, _ draws: ItemDraws) {
    for index in tasks.indices {
      tasks[index].intervals = ForgettingDraws([tasks[index]], series: series, draws)?.intervals
    }
    for index in axes.indices {
      let members = tasks.filter { $0.axis == axes[index].axis }
      axes[index].intervals = ForgettingDraws(members, series: series, draws)?.intervals
    }
  }

  private static func notes(hasElements: Bool, hasAggregate: Bool) -> [String] {
    switch (hasElements, hasAggregate) {
    case (false, _):
      ["computed from the axis's own scores: FG is not the mean over its tasks as the paper has it"]
    case (true, true): ["computed from the tasks; the axis's own scores are not used"]
    case (true, false): []
    }
  }
}

private struct AxisKey: Hashable {
  let run: String
  let axis: String
}
