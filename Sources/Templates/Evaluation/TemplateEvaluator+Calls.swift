import Core
import OrderedCollections

/// Functions and methods.
extension TemplateEvaluator {
  /// The arguments of a call, evaluated.
  mutating func arguments(
    _ arguments: TemplateArguments, of callee: String, at offset: Int
  ) throws -> TemplateCallArguments {
    let positional = try arguments.positional.map { try data($0) }
    let named = try arguments.named.map { (name: $0.name, value: try data($0.value)) }
    return TemplateCallArguments(callee: callee, positional: positional, named: named) {
      [source] in source.error(at: offset, $0)
    }
  }

  /// A call: `range(…)`, or a method of a value.
  mutating func call(
    _ callee: TemplateExpression, _ list: TemplateArguments, at offset: Int
  ) throws -> TemplateValue {
    switch callee.kind {
    case .name("range"):
      return .data(.array(try range(arguments(list, of: "range()", at: offset), at: offset)))
    case .name("raise_exception") where isLenient:
      let arguments = try arguments(list, of: "raise_exception()", at: offset)
      throw source.error(
        at: offset, "the template says: \(PythonText.str(try arguments.value("message")))")
    case .name("namespace") where isLenient:
      var members: OrderedDictionary<String, JSONValue> = [:]
      for argument in list.named { members[argument.name] = try data(argument.value) }
      return .data(.object(members))
    case .name("strftime_now") where isLenient:
      let arguments = try arguments(list, of: "strftime_now()", at: offset)
      let format = try arguments.requiredString(arguments.value("format"))
      guard let text = PythonTime.text(of: Self.now, format: format) else {
        throw arguments.error("does not support the format '\(format)'")
      }
      return .data(.string(text))
    case .name(let name):
      throw source.error(at: callee.offset, "function '\(name)' is not supported")
    case .attribute(let base, let name):
      let receiver = try data(base)
      let arguments = try arguments(list, of: "\(name)()", at: callee.offset)
      let result: JSONValue? =
        switch receiver {
        case .string(let text): try stringMethod(name, text, arguments)
        case .array(let elements): try listMethod(name, elements, arguments)
        case .object(let members): try dictionaryMethod(name, .object(members), arguments)
        default: nil
        }
      if let result { return .data(result) }
      throw source.error(
        at: callee.offset, "method '\(name)' of \(receiver.pythonTypeName) is not supported")
    default: throw source.error(at: offset, "only functions and methods can be called")
    }
  }

  /// The time that templates print.
  private static var now: PythonTime { PythonTime.now }

  private func range(_ arguments: TemplateCallArguments, at offset: Int) throws -> [JSONValue] {
    let bounds = try arguments.values(["start", "stop", "step"]).map { try arguments.integer($0) }
    guard let first = bounds[0] else { throw arguments.error("needs an integer") }
    let (start, stop) = bounds[1].map { (first, $0) } ?? (0, first)
    let step = bounds[2] ?? 1
    guard step != 0 else { throw arguments.error("with step 0") }
    let limit = 100_000
    var values: [JSONValue] = []
    for value in stride(from: start, to: stop, by: step) {
      values.append(.integer(value))
      guard values.count <= limit else {
        throw arguments.error("gives more than \(limit) numbers")
      }
    }
    return values
  }

  // MARK: Methods

  private static let stringMethods: Set = [
    "strip", "lstrip", "rstrip", "split", "replace", "join", "index", "find", "rfind", "count",
    "upper", "lower", "capitalize", "title", "startswith", "endswith", "splitlines", "isdigit",
    "format",
  ]
  private static let listMethods: Set = ["index", "count", "append", "pop", "sort", "reverse"]
  private static let dictionaryMethods: Set = [
    "items", "keys", "values", "get", "pop", "update", "copy", "clear", "setdefault", "popitem",
    "fromkeys",
  ]

  /// Whether a name after a dot means a method, which Python prefers to a member.
  static func isMethod(_ name: String, of value: JSONValue) -> Bool {
    switch value {
    case .string: stringMethods.contains(name)
    case .array: listMethods.contains(name)
    case .object: dictionaryMethods.contains(name)
    default: false
    }
  }

  private func stringMethod(
    _ name: String, _ text: String, _ arguments: TemplateCallArguments
  ) throws -> JSONValue? {
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = try arguments.string(arguments.values(["chars"])[0])
      let ends: PythonString.Ends =
        name == "strip" ? .both : name == "lstrip" ? .leading : .trailing
      return .string(PythonString.strip(text, ends, characters: characters))
    case "split": return try split(text, arguments)
    case "replace":
      let values = try arguments.values(["old", "new", "count"])
      return .string(
        PythonString.replace(
          text, try arguments.requiredString(values[0]), try arguments.requiredString(values[1]),
          limit: try arguments.integer(values[2]) ?? -1))
    case "join":
      let parts = try elements(of: .data(arguments.value("iterable")), arguments)
      return .string(try parts.map { try arguments.requiredString($0) }.joined(separator: text))
    case "index", "find", "rfind": return try find(name, text, arguments)
    case "count":
      return .integer(
        PythonString.count(try arguments.requiredString(arguments.value("sub")), in: text))
    case "startswith", "endswith":
      let part = try arguments.requiredString(arguments.value("prefix"))
      return .bool(
        name == "startswith"
          ? PythonString.hasPrefix(text, part) : PythonString.hasSuffix(text, part))
    case "upper", "lower", "capitalize", "title":
      try arguments.checkNone()
      return .string(Self.cased(text, name))
    case "isdigit":
      try arguments.checkNone()
      return .bool(
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.numericType == .decimal })
    default: return nil
    }
  }

  private static func cased(_ text: String, _ name: String) -> String {
    switch name {
    case "upper": text.uppercased()
    case "lower": text.lowercased()
    case "capitalize": PythonString.capitalize(text)
    default: PythonString.title(text)
    }
  }

  private func split(_ text: String, _ arguments: TemplateCallArguments) throws -> JSONValue {
    let values = try arguments.values(["sep", "maxsplit"])
    let separator = try arguments.string(values[0])
    guard separator != "" else { throw arguments.error("with an empty separator") }
    let limit = try arguments.integer(values[1]) ?? -1
    return .array(
      PythonString.split(text, separator: separator, limit: limit).map { .string($0) })
  }

  private func find(
    _ name: String, _ text: String, _ arguments: TemplateCallArguments
  ) throws -> JSONValue {
    let part = PythonString.scalars(try arguments.requiredString(arguments.value("sub")))
    let whole = PythonString.scalars(text)
    let position =
      name == "rfind" ? PythonString.findLast(part, in: whole) : PythonString.find(part, in: whole)
    if name == "index", position == nil { throw arguments.error("finds nothing") }
    return .integer(position ?? -1)
  }

  private func elements(
    of value: TemplateValue, _ arguments: TemplateCallArguments
  ) throws -> [JSONValue] {
    guard case .data(let data) = value,
      data.array != nil || data.string != nil || data.object != nil
    else { throw arguments.error("needs a list") }
    return try elements(of: value, at: 0)
  }

  private func listMethod(
    _ name: String, _ elements: [JSONValue], _ arguments: TemplateCallArguments
  ) throws -> JSONValue? {
    switch name {
    case "index":
      let value = try arguments.value("value")
      guard let index = elements.firstIndex(where: { PythonText.equal($0, value) }) else {
        throw arguments.error("finds nothing")
      }
      return .integer(index)
    case "count":
      let value = try arguments.value("value")
      return .integer(elements.count { PythonText.equal($0, value) })
    default: return nil
    }
  }

  private func dictionaryMethod(
    _ name: String, _ receiver: JSONValue, _ arguments: TemplateCallArguments
  ) throws -> JSONValue? {
    guard let members = receiver.object else { return nil }
    switch name {
    case "items":
      try arguments.checkNone()
      return .array(members.map { .array([.string($0.key), $0.value]) })
    case "keys":
      try arguments.checkNone()
      return .array(members.keys.map { .string($0) })
    case "values":
      try arguments.checkNone()
      return .array(Array(members.values))
    case "get":
      let values = try arguments.values(["key", "default"])
      return members[try arguments.requiredString(values[0])] ?? values[1] ?? .null
    default: return nil
    }
  }
}
