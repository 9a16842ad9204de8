import Core

/// A metric's value over the items of a task or group.
public struct MetricResult: Sendable, Equatable {
  /// The metric's name, such as `acc`.
  public let name: String
  /// The filter through which the answers went; `none` for the filter of tasks that have none.
  public let filter: String
  /// The value: a mean from 0 to 1 for accuracies, else in the metric's own units.
  public let value: Double
  /// The standard error of the value; `nil` where there is only one item, or lm-eval gives none.
  public let standardError: Double?
  /// Whether more is better.
  public let isHigherBetter: Bool
  /// How many items it was measured on.
  public let itemCount: Int

  init(
    name: String, filter: String = ResponseFilter.defaultName, value: Double,
    standardError: Double?, isHigherBetter: Bool, itemCount: Int
  ) {
    self.name = name
    self.filter = filter
    self.value = value
    self.standardError = standardError
    self.isHigherBetter = isHigherBetter
    self.itemCount = itemCount
  }
}

extension MetricResult {
  /// Whether the value goes from 0 to 100 and not to 1, as those of machine translation do.
  public var isInPercent: Bool {
    [Metric.bleu, .chrf, .chrfWords, .ter].map(\.rawValue).contains(name)
  }
}

extension [MetricResult] {
  /// The metric that is shown first; `nil` of none.
  public var main: MetricResult? {
    Metric.mainPlace(among: map(\.name)).map { self[$0] }
  }
}

extension MetricResult {
  /// A metric's value over a task's items, with lm-eval's standard error: of means analytic, of what
  /// needs all items at once by its bootstrap.
  ///
  /// - Parameters:
  ///   - definition: The metric.
  ///   - filter: The filter through which the answers went.
  ///   - scores: What the metric made of each item.
  ///   - workGroup: The threads that draw.
  init(
    _ definition: MetricDefinition, filter: String, scores: [ItemScore], workGroup: WorkGroup
  ) {
    let aggregation = definition.aggregation
    self.init(
      name: definition.name, filter: filter, value: aggregation.value(scores),
      standardError: scores.count > 1
        ? aggregation.standardError(scores, workGroup: workGroup) : nil,
      isHigherBetter: definition.isHigherBetter, itemCount: scores.count)
  }

  /// A metric of a group from those of its tasks.
  ///
  /// Weighted by size, the standard error is that of all items together (pooled variance);
  /// unweighted, that of a mean of independent means.
  init(
    _ members: [MetricResult], isWeightedBySize: Bool, name: String,
    filter: String = ResponseFilter.defaultName
  ) {
    let weights = members.map { isWeightedBySize ? Double($0.itemCount) : 1 }
    let sum = zip(members, weights).reduce(0) { $0 + $1.0.value * $1.1 }
    self.name = name
    self.filter = filter
    value = sum / weights.reduce(0, +)
    itemCount = members.reduce(0) { $0 + $1.itemCount }
    isHigherBetter = members.first?.isHigherBetter ?? true
    let errors = members.compactMap(\.standardError)
    guard errors.count == members.count else {
      standardError = nil
      return
    }
    if isWeightedBySize {
      let total = Double(itemCount)
      let squares = zip(errors, members).reduce(0) { sum, member in
        let size = Double(member.1.itemCount)
        return sum + (size - 1) * (member.0 * member.0) * size
      }
      standardError = (squares / (total - Double(members.count)) / total).squareRoot()
    } else {
      let squares = errors.reduce(0) { $0 + $1 * $1 }
      standardError = squares.squareRoot() / Double(errors.count)
    }
  }
}
