import Core
import OrderedCollections
import Yams

/// Reads a YAML file into values, with the types that Python's YAML reader gives its scalars.
struct YAMLReader {
  /// The top-level mapping of a file.
  struct Document {
    var values: OrderedDictionary<String, JSONValue>
    /// The top-level keys with a `!function` somewhere in their value, and the function's name.
    var functions: [String: String]
  }

  /// What a value begins with that names a Python function.
  static let functionTag = "!function "

  private let path: String
  private var functions: [String: String] = [:]
  private var topLevelKey = ""
  /// How many more nodes may be read: aliases can make a small file very large.
  private var remainingNodes = 50_000

  private init(path: String) { self.path = path }

  /// Reads the text of a file.
  ///
  /// - Throws: `InputError` with line and column.
  static func read(_ text: String, path: String) throws -> Document {
    var reader = YAMLReader(path: path)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text, pythonResolver())
    } catch let error as YamlError {
      throw reader.error(error)
    }
    guard case .mapping(let mapping) = root else {
      throw InputError(path: path, "the file is not a mapping of keys to values")
    }
    var values: OrderedDictionary<String, JSONValue> = [:]
    for (key, value) in mapping {
      let name = try reader.name(of: key)
      reader.topLevelKey = name
      values[name] = try reader.value(of: value, depth: 0)
    }
    return Document(values: values, functions: reader.functions)
  }

  /// Python's reader takes only numbers with a point for floats; `1e5` is a string there.
  private static func pythonResolver() throws -> Resolver {
    try Resolver.default.replacing(
      .float,
      with: """
        ^(?:[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?\
        |\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?\
        |[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))$
        """)
  }

  private func error(_ error: YamlError) -> InputError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return InputError(path: path, place: place(mark), "broken YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      return InputError(
        path: path, place: place(context.mark), "broken YAML: key \(names) occurs twice")
    default: return InputError(path: path, "broken YAML: \(error)")
    }
  }

  private func place(_ mark: Mark?) -> String? {
    mark.map { "line \($0.line), column \($0.column)" }
  }

  private func name(of key: Node) throws -> String {
    guard case .scalar(let scalar) = key else {
      throw InputError(path: path, place: place(key.mark), "a key that is no word")
    }
    return scalar.string
  }

  private mutating func value(of node: Node, depth: Int) throws -> JSONValue {
    remainingNodes -= 1
    guard remainingNodes >= 0, depth < 64 else {
      throw InputError(path: path, place: place(node.mark), "too many values or levels in the file")
    }
    switch node {
    case .scalar(let scalar): return try self.scalar(scalar, node)
    case .sequence(let sequence):
      return .array(try sequence.map { try value(of: $0, depth: depth + 1) })
    case .mapping(let mapping):
      var members: OrderedDictionary<String, JSONValue> = [:]
      for (key, member) in mapping {
        members[try name(of: key)] = try value(of: member, depth: depth + 1)
      }
      return .object(members)
    case .alias:
      throw InputError(path: path, place: place(node.mark), "an alias without its anchor")
    }
  }

  private mutating func scalar(_ scalar: Node.Scalar, _ node: Node) throws -> JSONValue {
    let tag = node.tag.description
    switch tag {
    case Tag.Name.bool.rawValue: return node.bool.map { .bool($0) } ?? .string(scalar.string)
    case Tag.Name.int.rawValue: return node.int.map { .integer($0) } ?? .string(scalar.string)
    case Tag.Name.float.rawValue: return node.float.map { .number($0) } ?? .string(scalar.string)
    case Tag.Name.null.rawValue: return .null
    case "!function":
      functions[topLevelKey] = scalar.string
      return .string(Self.functionTag + scalar.string)
    default: return .string(scalar.string)
    }
  }
}
