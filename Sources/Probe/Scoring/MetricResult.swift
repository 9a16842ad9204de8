/// A metric's value over the items of a task or group.
public struct MetricResult: Sendable, Equatable {
  /// The metric's name, such as `acc`.
  public let name: String
  /// The mean over the items, from 0 to 1.
  public let value: Double
  /// The standard error of the mean; `nil` where there is only one item.
  public let standardError: Double?
  /// Whether more is better.
  public let isHigherBetter: Bool
  /// How many items it was measured on.
  public let itemCount: Int
}

extension MetricResult {
  /// The mean of a metric over a task's items, with sample standard deviation / √n.
  init(_ metric: Metric, isHigherBetter: Bool, items: [ItemResult]) {
    let count = Double(items.count)
    let scores = items.map { $0.isCorrect(by: metric) ? 1.0 : 0.0 }
    let mean = scores.reduce(0, +) / count
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    name = metric.rawValue
    value = mean
    standardError =
      items.count > 1 ? (squares / (count - 1)).squareRoot() / count.squareRoot() : nil
    self.isHigherBetter = isHigherBetter
    itemCount = items.count
  }

  /// A metric of a group from those of its tasks.
  ///
  /// Weighted by size, the standard error is that of all items together (pooled variance);
  /// unweighted, that of a mean of independent means.
  init(_ members: [MetricResult], isWeightedBySize: Bool, name: String) {
    let weights = members.map { isWeightedBySize ? Double($0.itemCount) : 1 }
    let sum = zip(members, weights).reduce(0) { $0 + $1.0.value * $1.1 }
    self.name = name
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
