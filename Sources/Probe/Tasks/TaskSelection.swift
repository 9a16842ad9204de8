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
}
