import Core
import OrderedCollections

/// Tasks and groups that share a name and, often, a score.
public struct TaskGroup: Sendable {
  /// How one metric of the members becomes one of the group.
  struct Aggregate: Sendable {
    var metric: String
    /// The filters whose results are taken; `nil` for all.
    var filters: [String]?
    /// Whether a member counts by its number of items, or every member the same.
    var isWeightedBySize: Bool
  }

  /// What a group holds.
  indirect enum Member: Sendable {
    case task(EvalTask)
    case group(TaskGroup)

    var name: String {
      switch self {
      case .task(let task): task.name
      case .group(let group): group.name
      }
    }
  }

  /// The group's name; that of a group inside another's file begins with `outer::`.
  public let name: String
  /// The name under which it is shown.
  public let alias: String
  let aggregates: [Aggregate]
  let metadata: OrderedDictionary<String, JSONValue>
  /// The members by name, in order.
  private(set) var members: OrderedDictionary<String, Member> = [:]

  /// Reads a group's own keys; its members are added later.
  init(name: String, source: TaskSource, values: OrderedDictionary<String, JSONValue>) throws {
    let keys = KeyReader(source: source, values: values, key: "group")
    self.name = name
    alias = try keys.string("group_alias") ?? name
    metadata = try keys.object("metadata") ?? [:]
    aggregates = try Self.aggregates(values["aggregate_metric_list"], source)
  }

  mutating func add(_ member: Member) { members[member.name] = member }

  /// All tasks below the group, in order.
  var tasks: [EvalTask] {
    members.values.flatMap { member in
      switch member {
      case .task(let task): [task]
      case .group(let group): group.tasks
      }
    }
  }

  /// The groups directly in the group.
  var directGroups: [TaskGroup] {
    members.values.compactMap { member in
      guard case .group(let group) = member else { return nil }
      return group
    }
  }

  /// All groups below the group, outer ones first.
  var groups: [TaskGroup] { directGroups.flatMap { [$0] + $0.groups } }

  private static func aggregates(
    _ value: JSONValue?, _ source: TaskSource
  ) throws -> [Aggregate] {
    guard let value, value != .null else { return [] }
    return try (value.array ?? [value]).map { entry in
      let key = "aggregate_metric_list"
      guard let values = entry.object, let metric = values["metric"]?.string else {
        throw source.error(key: key, "an entry without 'metric'")
      }
      for name in values.keys
      where !["metric", "filter_list", "aggregation", "weight_by_size"].contains(name) {
        throw source.error(key: key, "unknown key '\(name)'")
      }
      if let aggregation = values["aggregation"], aggregation != "mean" {
        throw source.error(
          key: key, "aggregation \(aggregation.serialized()) is not supported, only \"mean\"")
      }
      let filters = values["filter_list"].flatMap { value in
        value.string.map { [$0] } ?? value.array?.compactMap(\.string)
      }
      return Aggregate(
        metric: metric, filters: filters,
        isWeightedBySize: values["weight_by_size"]?.bool ?? true)
    }
  }
}
