public import Core
public import OrderedCollections

/// What a library knows about one name, without its data.
public struct TaskDescription: Sendable {
  /// What a name stands for.
  public enum Kind: String, Sendable {
    case task, group, tag
  }

  /// The name.
  public let name: String
  /// What it stands for.
  public let kind: Kind
  /// The file that defines it; `nil` for a tag.
  public let path: String?
  /// The names of what a group or tag holds.
  public let members: [String]
  /// All keys of a task or group, those of included files with them; empty for a tag.
  public let keys: OrderedDictionary<String, JSONValue>

  /// Such as `multiple_choice`, for a task.
  public var outputType: String? {
    kind == .task ? keys["output_type"]?.string ?? OutputType.generation.rawValue : nil
  }

  /// The data set's path and the name of its part, such as `cais/mmlu/anatomy`.
  public var dataSet: String? {
    guard kind == .task, let path = keys["dataset_path"]?.string else { return nil }
    return [path, keys["dataset_name"]?.string].compactMap(\.self).joined(separator: "/")
  }

  /// The split that is evaluated.
  public var evaluatedSplit: String? {
    keys["test_split"]?.string ?? keys["validation_split"]?.string
  }

  /// The names of the metrics in the task's list; empty where it has none.
  public var metrics: [String] {
    keys["metric_list"]?.array?.compactMap { $0["metric"]?.string } ?? []
  }

  /// How many solved examples the task itself asks for.
  public var shotCount: Int? { keys["num_fewshot"]?.int }
}

extension TaskLibrary {
  /// Everything that tasks can be asked for by, by name.
  public var descriptions: [TaskDescription] {
    names.map { name in
      if let source = groups[name] {
        let members = source.values["task"]?.array ?? []
        return TaskDescription(
          name: name, kind: .group, path: source.path,
          members: members.map { $0.string ?? $0["group"]?.string ?? $0["task"]?.string ?? "" },
          keys: source.values)
      }
      if let source = tasks[name] {
        return TaskDescription(
          name: name, kind: .task, path: source.path, members: [], keys: source.values)
      }
      return TaskDescription(
        name: name, kind: .tag, path: nil, members: (tags[name] ?? []).sorted(), keys: [:])
    }
  }

  /// The task or group that a file defines.
  ///
  /// - Throws: `InputError` if the file cannot be read or defines none.
  public static func name(inFile path: String) throws -> String {
    let source = try TaskSource(path: path)
    guard let name = source.values["group"]?.string ?? source.values["task"]?.string else {
      throw InputError(path: path, "the file defines neither a 'task' nor a 'group'")
    }
    return name
  }

  /// What is known about a name.
  ///
  /// - Throws: `InputError` with the nearest names if it is unknown.
  public func description(of name: String) throws -> TaskDescription {
    guard let found = descriptions.first(where: { $0.name == name }) else {
      throw InputError(
        "no task, group or tag '\(name)'", hint: NearestNames.hint(for: name, among: names))
    }
    return found
  }
}

/// A function of the program that stands for one that task files name with `!function`.
public struct NativeFunctionDescription: Sendable {
  /// Such as `hellaswag/utils.process_docs`.
  public let name: String
  /// What it does.
  public let summary: String

  /// All of them, by name.
  public static var all: [NativeFunctionDescription] {
    NativeFunctions.all.map { NativeFunctionDescription(name: $0.name, summary: $0.summary) }
  }
}
