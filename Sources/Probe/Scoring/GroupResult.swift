/// The scores of one model on a group of tasks.
public struct GroupResult: Sendable, Equatable {
  /// The group's name.
  public let name: String
  /// The name under which it is shown.
  public let alias: String
  /// The metrics that the group asks for and at least one of its tasks has.
  public let metrics: [MetricResult]
  /// How many items its tasks hold; `nil` where the group asks for no metric.
  public let itemCount: Int?
  /// The names of all tasks below it.
  public let taskNames: [String]

  /// The results of all groups, inner ones before those around them.
  static func results(of groups: [TaskGroup], tasks: [TaskResult]) -> [GroupResult] {
    let inner = Set(groups.flatMap { $0.directGroups.map(\.name) })
    var ordered: [TaskGroup] = []
    func visit(_ group: TaskGroup) {
      guard !ordered.contains(where: { $0.name == group.name }) else { return }
      for child in group.directGroups { visit(child) }
      ordered.append(group)
    }
    for group in groups where !inner.contains(group.name) { visit(group) }
    return ordered.map { GroupResult($0, tasks: tasks) }
  }

  private init(_ group: TaskGroup, tasks: [TaskResult]) {
    name = group.name
    alias = group.alias
    taskNames = group.tasks.map(\.name)
    let members = taskNames.compactMap { name in tasks.first { $0.name == name } }
    itemCount = group.aggregates.isEmpty ? nil : members.reduce(0) { $0 + $1.items.count }
    metrics = group.aggregates.flatMap { aggregate in
      let filters = aggregate.filters ?? Self.filters(of: aggregate.metric, members)
      return filters.compactMap { Self.metric(aggregate, filter: $0, members) }
    }
  }

  /// The filters through which the members have a metric, sorted.
  private static func filters(of metric: String, _ members: [TaskResult]) -> [String] {
    let own = members.flatMap { $0.metrics.lazy.filter { $0.name == metric }.map(\.filter) }
    return Set(own).sorted()
  }

  private static func metric(
    _ aggregate: TaskGroup.Aggregate, filter: String, _ members: [TaskResult]
  ) -> MetricResult? {
    let parts = members.compactMap { $0.metric(aggregate.metric, filter: filter) }
    guard !parts.isEmpty else { return nil }
    return MetricResult(
      parts, isWeightedBySize: aggregate.isWeightedBySize, name: aggregate.metric, filter: filter)
  }
}
