public import Core
import Foundation
import OrderedCollections

/// The task files of some folders, by the names of the tasks, groups and tags in them.
public struct TaskLibrary: Sendable {
  private(set) var tasks: [String: TaskSource] = [:]
  private(set) var groups: [String: TaskSource] = [:]
  private(set) var tags: [String: Set<String>] = [:]
  /// The errors of names that two files define.
  private var conflicts: [String: InputError] = [:]
  private let folders: [String]
  private let data: DataFolders
  /// The errors of files that could not be read; the tasks in them are unknown.
  public private(set) var unreadFiles: [InputError] = []

  private static let groupKeys: Set = [
    "group", "group_alias", "task", "aggregate_metric_list", "metadata",
  ]

  /// Reads every `.yaml` file below some folders, and the tasks that are part of the program.
  ///
  /// A file that is broken, or that names what another one has named, matters only to those who ask
  /// for what is in it. A name of the folders hides the same name of the program's own tasks. Data is
  /// read when a task is asked for.
  ///
  /// - Parameters:
  ///   - folders: The folders.
  ///   - shipped: Whose rules the program's own tasks follow; `nil` to leave them out.
  ///   - data: Where data sets lie.
  /// - Throws: `InputError` if a folder does not exist.
  public init(
    folders: [String], shipped: EvaluationProtocol? = nil, data: DataFolders = DataFolders()
  ) throws {
    self.folders = folders
    self.data = data
    if let shipped { try addShipped(shipped) }
    for folder in folders {
      for path in try Self.files(below: folder) {
        do {
          add(try TaskSource(path: path))
        } catch let error as InputError {
          unreadFiles.append(error)
        }
      }
    }
  }

  /// The names of all tasks, groups and tags, sorted.
  public var names: [String] {
    Set(tasks.keys).union(groups.keys).union(tags.keys).sorted()
  }

  /// The tasks that some names mean.
  ///
  /// - Parameter names: Names of tasks, groups and tags, or shell patterns for them.
  /// - Returns: Each task once, those of groups and tags in their place.
  /// - Throws: `InputError` if a name is unknown, with the nearest known ones, if two files define
  ///   it, if a task is asked for twice, or if a task file or its data is wrong.
  public func evaluationTasks(named names: [String]) throws -> [EvalTask] {
    try selection(named: names).tasks
  }

  /// The tasks that some names mean, and the groups among them.
  ///
  /// - Parameter names: Names of tasks, groups and tags, or shell patterns for them.
  /// - Returns: Each task once, and the groups whose scores can be computed.
  /// - Throws: `InputError` if a name is unknown, with the nearest known ones, if two files define
  ///   it, if a task is asked for twice, or if a task file or its data is wrong.
  public func selection(named names: [String]) throws -> TaskSelection {
    var found: OrderedSet<String> = []
    for name in names { found.formUnion(try resolve(name)) }
    let members = try found.flatMap { try self.members(named: $0, overrides: nil, inside: []) }
    try Self.checkUnique(members)
    return TaskSelection(members)
  }

  // MARK: Reading

  /// Adds the program's own tasks; what the folders name alike replaces them.
  private mutating func addShipped(_ rules: EvaluationProtocol) throws {
    let files = ShippedTasks.files(for: rules).map {
      (path: TaskFiles.shippedPrefix + $0.path, text: $0.text)
    }
    let source = TaskFiles.shipped(
      Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.text) }))
    for file in files { add(try TaskSource(path: file.path, in: source)) }
  }

  private static func files(below folder: String) throws -> [String] {
    let manager = FileManager.default
    guard FileKind(folder) == .folder else {
      throw InputError(path: folder, "there is no such folder of tasks")
    }
    let skipped: Set = ["__pycache__", ".ipynb_checkpoints"]
    return (manager.enumerator(atPath: folder) ?? .init())
      .compactMap { $0 as? String }
      .filter {
        $0.hasSuffix(".yaml") && skipped.isDisjoint(with: $0.split(separator: "/").map(String.init))
      }
      .sorted().map { (folder as NSString).appendingPathComponent($0) }
  }

  private mutating func add(_ source: TaskSource) {
    if let group = source.values["group"]?.string {
      noteConflict(group, "group", source)
      groups[group] = source
    } else if let task = source.values["task"]?.string {
      noteConflict(task, "task", source)
      tasks[task] = source
      let value = source.values["tag"] ?? .null
      for tag in (value.array ?? [value]).compactMap(\.string) {
        tags[tag, default: []].insert(task)
      }
    }
  }

  private mutating func noteConflict(_ name: String, _ key: String, _ source: TaskSource) {
    guard let other = tasks[name] ?? groups[name] else { return }
    guard !other.path.hasPrefix(TaskFiles.shippedPrefix) else {
      forget(name)
      return
    }
    conflicts[name] = source.error(key: key, "'\(name)' is also defined in '\(other.path)'")
  }

  /// Forgets a task or group of the program, in whose place another comes.
  private mutating func forget(_ name: String) {
    tasks[name] = nil
    groups[name] = nil
    for tag in tags.keys { tags[tag]?.remove(name) }
  }

  // MARK: Names

  private func resolve(_ name: String) throws -> [String] {
    if isKnown(name) { return [name] }
    let matches =
      NamePattern.isPattern(name) ? names.filter(NamePattern(name).matches) : []
    guard !matches.isEmpty else { throw unknown(name) }
    return matches
  }

  private func isKnown(_ name: String) -> Bool {
    tasks[name] != nil || groups[name] != nil || tags[name] != nil
  }

  private func unknown(_ name: String) -> InputError {
    let places =
      folders.isEmpty
      ? "the program" : folders.map { "'\($0)'" }.joined(separator: ", ")
    let unread = unreadFiles.first.map {
      "files that cannot be read: \(unreadFiles.count), the first: \($0)"
    }
    return InputError(
      "no task, group or tag '\(name)' in \(places)",
      hint: NearestNames.hint(for: name, among: names) ?? unread)
  }

  private static func checkUnique(_ members: [TaskGroup.Member]) throws {
    var owners: [String: String] = [:]
    for member in members {
      let tasks: [EvalTask] =
        switch member {
        case .task(let task): [task]
        case .group(let group): group.tasks
        }
      for task in tasks {
        if let owner = owners[task.name], owner != member.name {
          throw InputError(
            "task '\(task.name)' is asked for twice: through '\(owner)' and '\(member.name)'")
        }
        owners[task.name] = member.name
      }
    }
  }

  // MARK: Building

  private func members(
    named name: String, overrides: TaskOverrides?, inside outer: [String]
  ) throws -> [TaskGroup.Member] {
    if let conflict = conflicts[name] { throw conflict }
    if let source = tasks[name] {
      return [.task(try EvalTask(overrides.map(source.overridden) ?? source, data: data))]
    }
    if let source = groups[name] {
      guard !outer.contains(name) else {
        throw source.error(key: "task", "group '\(name)' contains itself")
      }
      let group = try group(
        name, source, source.values, overrides: overrides, inside: outer + [name])
      return [.group(group)]
    }
    return try (tags[name] ?? []).sorted().flatMap {
      try members(named: $0, overrides: overrides, inside: outer)
    }
  }

  /// Builds a group from its keys, which may stand in another group's file.
  private func group(
    _ name: String, _ source: TaskSource, _ values: OrderedDictionary<String, JSONValue>,
    overrides: TaskOverrides?, inside outer: [String]
  ) throws -> TaskGroup {
    var group = try TaskGroup(name: name, source: source, values: values)
    guard let entries = values["task"]?.array else {
      throw source.error(key: "task", "group '\(name)' has no list of tasks")
    }
    // Keys that are not the group's own are meant for its tasks.
    let shared = values.filter { !Self.groupKeys.contains($0.key) && $0.key != "tag" }
    let merged = TaskOverrides(path: source.path, values: shared)
      .merging(overrides?.values ?? [:])
    for entry in entries {
      for member in try self.members(entry, of: name, source, merged, inside: outer) {
        group.add(member)
      }
    }
    return group
  }

  /// What one entry of a group's list means.
  private func members(
    _ entry: JSONValue, of group: String, _ source: TaskSource, _ overrides: TaskOverrides,
    inside outer: [String]
  ) throws -> [TaskGroup.Member] {
    let values = entry.object ?? [:]
    if let inner = values["group"]?.string {
      let own = values.filter { $0.key != "group" }
      if isKnown(inner) {
        return try members(named: inner, overrides: overrides.merging(own), inside: outer)
      }
      return [
        .group(
          try self.group(
            "\(group)::\(inner)", source, values, overrides: overrides, inside: outer))
      ]
    }
    guard let name = entry.string ?? values["task"]?.string else {
      throw source.error(key: "task", "an entry of group '\(group)' names no task and no group")
    }
    let merged = overrides.merging(values.filter { $0.key != "task" })
    if isKnown(name) {
      return try members(
        named: name, overrides: merged.values.isEmpty ? nil : merged, inside: outer)
    }
    guard values["dataset_path"] != nil else {
      throw source.error(
        key: "task", "no task, group or tag '\(name)', which group '\(group)' names",
        hint: NearestNames.hint(for: name, among: names))
    }
    var inline = source
    inline.values = merged.values.merging(["task": .string("\(group)::\(name)")]) { _, new in new }
    inline.origins = [:]
    return [.task(try EvalTask(inline, data: data))]
  }
}
