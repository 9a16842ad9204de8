import Core
import OrderedCollections
import Statistics

/// What a sample of a task or group says about all of its items.
public struct SampleSummary: Sendable, Equatable {
  /// The share of items that one of two checkpoints is taken to have right and the other wrong, where
  /// what they could show is said before they are compared.
  public static let assumedDiscordance = 0.2

  /// The task or group.
  public let name: String
  /// How many items were scored.
  public let itemCount: Int
  /// How many there are.
  public let populationCount: Int
  /// The metric, the main one of the task.
  public let metric: String
  /// Its mean over the sample, in which every task has its share.
  public let value: Double
  /// Where the mean over all items is to be expected, with 95 % (Wilson); of metrics that are no
  /// shares of items, value ± 1.96 standard errors.
  public let interval: ClosedRange<Double>
  /// The smallest difference between two checkpoints that so many items show with a probability of
  /// 80 %, if ``assumedDiscordance`` of the items are right with one of them only; `nil` where
  /// even all of those to one side would not.
  public let detectableDifference: Double?

  /// Sums up a sample; `nil` where all items were scored, or the metric is none of single items.
  init?(
    _ name: String, _ tasks: [TaskResult], populationCount: Int
  ) {
    let itemCount = tasks.reduce(0) { $0 + $1.items.count }
    guard itemCount > 1, itemCount < populationCount, let metric = tasks.first?.metrics.main
    else { return nil }
    let scores = tasks.flatMap { task in
      task.items.compactMap { $0.score(metric.name, filter: metric.filter) }
    }
    guard scores.count == itemCount, let value = mean(scores) else { return nil }
    self.name = name
    self.itemCount = itemCount
    self.populationCount = populationCount
    self.metric = metric.name
    self.value = value
    if scores.allSatisfy({ $0 == 0 || $0 == 1 }) {
      interval = wilsonInterval(of: scores.reduce(0, +), outOf: itemCount)
    } else {
      let spread = sampleStandardDeviation(scores) ?? 0
      let width = NormalDistribution.quantile975 * spread / Double(itemCount).squareRoot()
      interval = (value - width)...(value + width)
    }
    detectableDifference = DetectableDifference.ofShares(
      count: itemCount,
      discordantCount: Int((Double(itemCount) * Self.assumedDiscordance).rounded()))
  }

  /// As results record it.
  var document: JSONValue {
    [
      "name": .string(name), "item_count": .integer(itemCount),
      "population_count": .integer(populationCount), "metric": .string(metric),
      "value": .number(value),
      "interval": .array([.number(interval.lowerBound), .number(interval.upperBound)]),
      "assumed_discordance": .number(Self.assumedDiscordance),
      "detectable_difference": detectableDifference.map { .number($0) } ?? .null,
    ]
  }
}

extension HarnessReport {
  /// What the samples of a run say, of each task or group that was asked for; empty without
  /// `sampleSize`.
  public var sampleSummaries: [SampleSummary] {
    guard evaluation.options.sampleSize != nil else { return [] }
    return evaluation.selection.populations.compactMap { name, tasks in
      let names = Set(tasks.map(\.name))
      return SampleSummary(
        name, result.tasks.filter { names.contains($0.name) },
        populationCount: tasks.reduce(0) { $0 + $1.itemCount })
    }
  }
}
