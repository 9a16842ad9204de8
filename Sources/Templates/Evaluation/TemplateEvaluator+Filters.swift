import Core
import OrderedCollections

/// Filters and tests.
extension TemplateEvaluator {
  /// `value | name(arguments)`.
  mutating func filter(
    _ name: String, _ value: TemplateValue, _ list: TemplateArguments, at offset: Int
  ) throws -> TemplateValue {
    let arguments = try arguments(list, of: "filter '\(name)'", at: offset)
    if name == "default" || name == "d" { return try fallback(value, arguments) }
    if name == "tojson", isLenient {
      return .data(.string(try json(data(value, at: offset), arguments)))
    }
    if name == "selectattr" || name == "rejectattr", isLenient {
      return .data(.array(try select(name, elements(of: value, at: offset), list, at: offset)))
    }
    // What does not exist prints as nothing.
    let isMissing = if case .undefined = value { isLenient } else { false }
    let data = isMissing ? .string("") : try data(value, at: offset)
    switch name {
    case "first", "last":
      try arguments.checkNone()
      let elements = try elements(of: value, at: offset)
      let element = name == "first" ? elements.first : elements.last
      return element.map { .data($0) } ?? .undefined("the list has no \(name) element")
    case "length", "count":
      try arguments.checkNone()
      return .data(.integer(try length(of: data, at: offset)))
    case "list":
      try arguments.checkNone()
      return .data(.array(try elements(of: value, at: offset)))
    case "string":
      try arguments.checkNone()
      return .data(.string(PythonText.str(data)))
    case "int": return .data(try integer(data, arguments))
    case "join": return .data(try join(elements(of: value, at: offset), arguments, at: offset))
    case "map": return .data(.array(try map(elements(of: value, at: offset), list, at: offset)))
    default:
      guard let text = try textFilter(name, PythonText.str(data), arguments) else {
        throw source.error(at: offset, "filter '\(name)' is not supported")
      }
      return .data(.string(text))
    }
  }

  /// JSON as Python writes it.
  private func json(
    _ value: JSONValue, _ arguments: TemplateCallArguments
  ) throws -> String {
    let values = try arguments.values(["ensure_ascii", "indent", "separators", "sort_keys"])
    if values[0]?.pythonTruth == true || values[2] != nil || values[3]?.pythonTruth == true {
      throw arguments.error("takes no arguments but 'indent'")
    }
    guard let indent = try arguments.integer(values[1]) else { return value.serialized() }
    guard (0...16).contains(indent) else { throw arguments.error("with an indent of \(indent)") }
    // Strings hold no line ends, so the spaces at the start of a line are its indent by twos.
    let lines = value.serialized(.pretty).split(separator: "\n").map { line in
      let text = line.drop { $0 == " " }
      return String(repeating: " ", count: (line.count - text.count) / 2 * indent) + text
    }
    return lines.joined(separator: "\n")
  }

  /// `selectattr('name', 'test', arguments…)`: the elements whose field passes a test.
  private mutating func select(
    _ name: String, _ elements: [JSONValue], _ list: TemplateArguments, at offset: Int
  ) throws -> [JSONValue] {
    guard let first = list.positional.first else {
      throw source.error(at: offset, "filter '\(name)' needs the name of a field")
    }
    let attribute = try data(first)
    let test = try list.positional.dropFirst().first.map { try data($0) }
    let rest = TemplateArguments(positional: Array(list.positional.dropFirst(2)), named: list.named)
    return try elements.filter { element in
      let field = try item(attribute, of: element, at: offset)
      let holds =
        if case .string(let test) = test {
          try self.test(test, field, rest, at: offset)
        } else {
          try isTrue(field, at: offset)
        }
      return holds == (name == "selectattr")
    }
  }

  /// The filters that make a string of a string.
  private func textFilter(
    _ name: String, _ text: String, _ arguments: TemplateCallArguments
  ) throws -> String? {
    switch name {
    case "trim":
      let characters = try arguments.string(arguments.values(["chars"])[0])
      return PythonString.strip(text, characters: characters)
    case "replace":
      let values = try arguments.values(["old", "new", "count"])
      return PythonString.replace(
        text, try arguments.requiredString(values[0]), try arguments.requiredString(values[1]),
        limit: try arguments.integer(values[2]) ?? -1)
    case "upper", "lower", "capitalize", "title": try arguments.checkNone()
    default: return nil
    }
    switch name {
    case "upper": return text.uppercased()
    case "lower": return text.lowercased()
    case "capitalize": return PythonString.capitalize(text)
    default: return PythonString.titleFilter(text)
    }
  }

  private func fallback(
    _ value: TemplateValue, _ arguments: TemplateCallArguments
  ) throws -> TemplateValue {
    let values = try arguments.values(["default_value", "boolean"])
    let other = TemplateValue.data(values[0] ?? .string(""))
    switch value {
    case .undefined: return other
    case .data(let data):
      return values[1]?.pythonTruth ?? false && !data.pythonTruth ? other : value
    case .tuple: return value
    }
  }

  private func length(of value: JSONValue, at offset: Int) throws -> Int {
    switch value {
    case .string(let text): return text.unicodeScalars.count
    case .array(let elements): return elements.count
    case .object(let members): return members.count
    default: throw source.error(at: offset, "\(value.pythonTypeName) has no length")
    }
  }

  /// A number cut to an integer, or a string read as one; what cannot be read is the default.
  private func integer(_ value: JSONValue, _ arguments: TemplateCallArguments) throws -> JSONValue {
    let fallback = try arguments.values(["default"])[0] ?? .integer(0)
    if let integer = value.pythonInteger { return .integer(integer) }
    let text = value.string.map { Self.withoutSeparators(PythonString.strip($0)) }
    if let integer = text.flatMap(Int.init) { return .integer(integer) }
    guard let number = value.double ?? text.flatMap(Double.init),
      let integer = Int(exactly: number.rounded(.towardZero))
    else { return fallback }
    return .integer(integer)
  }

  /// A number's text without the single underscores that Python allows between digits.
  private static func withoutSeparators(_ text: String) -> String {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    let areDigits = parts.dropFirst().allSatisfy { $0.first?.isNumber ?? false }
    return areDigits ? parts.joined() : text
  }

  private func join(
    _ elements: [JSONValue], _ arguments: TemplateCallArguments, at offset: Int
  ) throws -> JSONValue {
    let values = try arguments.values(["d", "attribute"])
    let separator = try arguments.string(values[0]) ?? ""
    let parts = try values[1].map { attribute in
      try elements.map { try data(item(attribute, of: $0, at: offset), at: offset) }
    }
    return .string((parts ?? elements).map(PythonText.str).joined(separator: separator))
  }

  /// `map(attribute='name')`, or `map('filter', arguments…)`.
  private mutating func map(
    _ elements: [JSONValue], _ list: TemplateArguments, at offset: Int
  ) throws -> [JSONValue] {
    if list.positional.isEmpty, list.named.count == 1, list.named[0].name == "attribute" {
      let attribute = try data(list.named[0].value)
      return try elements.map { try data(item(attribute, of: $0, at: offset), at: offset) }
    }
    guard let first = list.positional.first, case .string(let name) = try data(first) else {
      throw source.error(at: offset, "filter 'map' needs 'attribute' or the name of a filter")
    }
    let rest = TemplateArguments(positional: Array(list.positional.dropFirst()), named: list.named)
    return try elements.map { element in
      try data(filter(name, .data(element), rest, at: offset), at: offset)
    }
  }

  // MARK: Tests

  /// `value is name(arguments)`.
  mutating func test(
    _ name: String, _ value: TemplateValue, _ list: TemplateArguments, at offset: Int
  ) throws -> Bool {
    let arguments = try arguments(list, of: "test '\(name)'", at: offset)
    let isUndefined = if case .undefined = value { true } else { false }
    switch name {
    case "defined", "undefined":
      try arguments.checkNone()
      return isUndefined == (name == "undefined")
    default: break
    }
    if isLenient, isUndefined { return name == "iterable" || name == "sequence" }
    let data = try data(value, at: offset)
    switch name {
    case "in": return try contains(arguments.value("seq"), data, at: offset)
    case "eq", "equalto": return PythonText.equal(data, try arguments.value("other"))
    case "ne": return !PythonText.equal(data, try arguments.value("other"))
    case "none", "string", "number", "integer", "float", "boolean", "true", "false", "mapping",
      "sequence", "iterable":
      try arguments.checkNone()
      return Self.isKind(data, name)
    case "odd", "even":
      guard let number = data.pythonInteger else { throw arguments.error("needs an integer") }
      return (number % 2 == 0) == (name == "even")
    default: throw source.error(at: offset, "test '\(name)' is not supported")
    }
  }

  private static func isKind(_ value: JSONValue, _ name: String) -> Bool {
    switch (name, value) {
    case ("none", .null), ("string", .string), ("number", .integer), ("number", .number),
      ("number", .bool), ("integer", .integer), ("float", .number), ("boolean", .bool),
      ("true", .bool(true)), ("false", .bool(false)), ("mapping", .object),
      ("sequence", .array), ("sequence", .string), ("sequence", .object), ("iterable", .array),
      ("iterable", .string), ("iterable", .object):
      true
    default: false
    }
  }
}
