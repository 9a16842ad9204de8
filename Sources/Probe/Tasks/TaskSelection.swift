import Core
import OrderedCollections

/// The tasks of one run, and the groups through which they were asked for.
public struct TaskSelection: Sendable {
  /// The tasks, each once.
  public let tasks: [EvalTask]
  /// The groups, outer ones before those inside them.
  public let groups: [TaskGroup]

  /// A selection without groups.
  public init(_ tasks: [EvalTask]) {
    self.tasks = tasks
    groups = []
  }

  /// The tasks and groups of the members that were asked for.
  init(_ members: [TaskGroup.Member]) {
    var tasks: OrderedDictionary<String, EvalTask> = [:]
    var groups: OrderedDictionary<String, TaskGroup> = [:]
    for member in members {
      switch member {
      case .task(let task): tasks[task.name] = task
      case .group(let group):
        groups[group.name] = group
        for task in group.tasks { tasks[task.name] = task }
        for inner in group.groups { groups[inner.name] = inner }
      }
    }
    self.tasks = Array(tasks.values)
    self.groups = Array(groups.values)
  }

  private init(tasks: [EvalTask], groups: [TaskGroup]) {
    self.tasks = tasks
    self.groups = groups
  }

  /// The selection with more tasks behind its own.
  ///
  /// - Throws: `InputError` if one has the name of another.
  public func adding(_ others: [EvalTask]) throws -> TaskSelection {
    var all = tasks
    for task in others {
      guard !all.contains(where: { $0.name == task.name }) else {
        throw InputError("two tasks are named '\(task.name)'", hint: "rename the file of one")
      }
      all.append(task)
    }
    return TaskSelection(tasks: all, groups: groups)
  }

  /// What samples are drawn of: each outermost group, and each task outside of groups.
  var populations: [(name: String, tasks: [EvalTask])] {
    let inner = Set(groups.flatMap { $0.directGroups.map(\.name) })
    let grouped = Set(groups.flatMap { $0.tasks.map(\.name) })
    return groups.filter { !inner.contains($0.name) }.map { ($0.name, $0.tasks) }
      + tasks.filter { !grouped.contains($0.name) }.map { ($0.name, [$0]) }
  }

  /// How many items of each task are drawn for a sample; `nil` for all items.
  func sampleSizes(_ options: EvaluationOptions) -> [String: Int]? {
    guard let count = options.sampleSize else { return nil }
    var sizes: [String: Int] = [:]
    for (_, population) in populations {
      let shares = ItemSample.shares(
        of: count, sizes: population.map { min($0.itemCount, options.limit ?? .max) })
      for (task, share) in zip(population, shares) { sizes[task.name] = share }
    }
    return sizes
  }
}
