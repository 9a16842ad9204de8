import Core
import Foundation
import OrderedCollections

/// What a task file says, with everything that it includes.
struct TaskSource: Sendable {
  /// The file.
  var path: String
  /// All keys, those of included files first, with the values of the including file.
  var values: OrderedDictionary<String, JSONValue>
  /// The file in which a key's value stands.
  var origins: [String: String]
  /// The keys whose value is a Python function, and the function's name.
  var functions: [String: String]

  /// Reads a file and what it includes.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - files: Where it lies, and what it includes.
  /// - Throws: `InputError` if a file is missing, broken, or includes itself.
  init(path: String, in files: TaskFiles = .disk) throws {
    try self.init(path: path, in: files, including: [])
  }

  private init(path: String, in files: TaskFiles, including outer: [String]) throws {
    let location = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    guard !outer.contains(location) else {
      throw InputError(path: path, place: "key 'include'", "the file includes itself")
    }
    let document = try YAMLReader.read(try files.text(at: path), path: path)
    self.init(path: path, document: document)
    guard let includes = values.removeValue(forKey: "include") else { return }
    let own = self
    values = [:]
    for name in try Self.names(includes, path: path) {
      let included = Self.resolve(name, besides: path)
      guard files.exists(included) else {
        throw InputError(path: path, place: "key 'include'", "no such file '\(included)'")
      }
      var source = try TaskSource(path: included, in: files, including: outer + [location])
      // A list of tasks belongs to the file it stands in.
      source.values["task_list"] = nil
      merge(source)
    }
    merge(own)
  }

  /// A task that stands in no file: its keys, and a path beside which its functions are looked up.
  init(path: String, values: OrderedDictionary<String, JSONValue>) {
    self.init(path: path, document: YAMLReader.Document(values: values, functions: [:]))
  }

  private init(path: String, document: YAMLReader.Document) {
    self.path = path
    values = document.values
    origins = document.values.keys.reduce(into: [:]) { $0[$1] = path }
    functions = document.functions
  }

  /// Takes over the keys of another source, which win.
  private mutating func merge(_ other: TaskSource) {
    for (key, value) in other.values {
      values[key] = value
      origins[key] = other.origins[key]
      functions[key] = other.functions[key]
    }
  }

  /// The source with some keys replaced, as a group does for its members.
  func overridden(by overrides: TaskOverrides) -> TaskSource {
    var result = self
    for (key, value) in overrides.values {
      result.values[key] = value
      result.origins[key] = overrides.path
      result.functions[key] = nil
    }
    return result
  }

  /// An error about the value of a key, in the file where it stands.
  func error(key: String, _ message: String, hint: String? = nil) -> InputError {
    InputError(path: origins[key] ?? path, place: "key '\(key)'", message, hint: hint)
  }

  // MARK: Functions

  /// The function of the program that a key names; `nil` where the key has no value.
  ///
  /// - Throws: `InputError` for a function that the program does not have, or another value.
  func function(_ key: String) throws -> NativeFunction? {
    guard let value = values[key], value != .null else { return nil }
    guard let function = try function(inside: key, value) else {
      throw error(key: key, "found \(value.kind.rawValue), expected '!function'")
    }
    return function
  }

  /// The function of the program that a value under a key names; `nil` for any other value.
  ///
  /// Its name is made of the folder of the file in which the key stands, and of what stands there.
  ///
  /// - Throws: `InputError` for a function that the program does not have.
  func function(inside key: String, _ value: JSONValue?) throws -> NativeFunction? {
    guard let text = value?.string, text.hasPrefix(YAMLReader.functionTag) else { return nil }
    let reference = String(text.dropFirst(YAMLReader.functionTag.count))
    let location = URL(filePath: Self.resolve(reference, besides: origins[key] ?? path))
      .standardizedFileURL
    let folder = location.deletingLastPathComponent().lastPathComponent
    let name = "\(folder)/\(location.lastPathComponent)"
    guard let function = NativeFunctions.named(name) else {
      throw error(
        key: key, "Python function '\(reference)' is not part of this program, as '\(name)'",
        hint: "'lethe tasks list --functions' names those that are; else write a template")
    }
    return function
  }

  // MARK: Files

  /// A path as it is meant beside another file.
  static func resolve(_ name: String, besides path: String) -> String {
    guard !name.hasPrefix("/") else { return name }
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
  }

  private static func names(_ value: JSONValue, path: String) throws -> [String] {
    let values = value.array ?? [value]
    let names = values.compactMap(\.string)
    guard names.count == values.count else {
      throw InputError(
        path: path, place: "key 'include'", "found \(value.kind.rawValue), expected file names")
    }
    return names
  }
}

/// Keys that a group, or its entry for one member, sets for a member.
struct TaskOverrides: Sendable {
  /// The file that sets them.
  var path: String
  var values: OrderedDictionary<String, JSONValue> = [:]

  /// These keys, and others that win.
  func merging(_ others: OrderedDictionary<String, JSONValue>) -> TaskOverrides {
    TaskOverrides(path: path, values: values.merging(others) { _, new in new })
  }
}
