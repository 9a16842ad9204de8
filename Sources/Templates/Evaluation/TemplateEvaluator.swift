import Core
import OrderedCollections

/// Runs a template's statements over one context.
struct TemplateEvaluator {
  let source: TemplateSource
  private let context: OrderedDictionary<String, JSONValue>
  /// What `set` and `for` have named, the innermost loop last.
  private var scopes: [[String: TemplateValue]] = [[:]]
  private var output = ""
  /// How many more times the bodies of loops may run.
  private var remainingIterations = 1_000_000
  /// The longest string or list that an expression may make, in characters or elements.
  static let lengthLimit = 10_000_000

  init(source: TemplateSource, context: OrderedDictionary<String, JSONValue>) {
    self.source = source
    self.context = context
  }

  /// What the statements print.
  mutating func render(_ statements: [TemplateStatement]) throws -> String {
    try run(statements)
    return output
  }

  // MARK: Statements

  private mutating func run(_ statements: [TemplateStatement]) throws {
    for statement in statements { try run(statement) }
  }

  private mutating func run(_ statement: TemplateStatement) throws {
    switch statement {
    case .text(let text): output += text
    case .output(let expression): output += try text(of: evaluate(expression), at: expression)
    case .conditional(let branches, let otherwise):
      for branch in branches where try isTrue(branch.condition) { return try run(branch.body) }
      try run(otherwise)
    case .loop(let loop): try run(loop)
    case .assignment(let targets, let expression):
      try assign(targets, evaluate(expression), at: expression.offset)
    case .fieldAssignment(let name, let field, let expression):
      try setField(field, of: name, to: data(expression), at: expression.offset)
    case .capture(let name, let body):
      let before = output
      output = ""
      try run(body)
      scopes[scopes.count - 1][name] = .data(.string(output))
      output = before
    }
  }

  private mutating func run(_ loop: TemplateLoop) throws {
    var elements = try self.elements(of: evaluate(loop.sequence), at: loop.sequence.offset)
    if let condition = loop.condition {
      elements = try elements.filter { element in
        scopes.append([:])
        defer { scopes.removeLast() }
        try assign(loop.targets, .data(element), at: loop.offset)
        return try isTrue(condition)
      }
    }
    guard !elements.isEmpty else { return try run(loop.otherwise) }
    for (index, element) in elements.enumerated() {
      remainingIterations -= 1
      guard remainingIterations >= 0 else {
        throw source.error(at: loop.offset, "loops run more than 1000000 times")
      }
      var variable = Self.loopVariable(index, of: elements.count)
      if isLenient { variable = Self.addingNeighbours(to: variable, index, elements) }
      scopes.append(["loop": .data(variable)])
      defer { scopes.removeLast() }
      try assign(loop.targets, .data(element), at: loop.offset)
      try run(loop.body)
    }
  }

  private static func loopVariable(_ index: Int, of count: Int) -> JSONValue {
    [
      "index": .integer(index + 1), "index0": .integer(index),
      "revindex": .integer(count - index), "revindex0": .integer(count - index - 1),
      "first": .bool(index == 0), "last": .bool(index == count - 1), "length": .integer(count),
    ]
  }

  private static func addingNeighbours(
    to variable: JSONValue, _ index: Int, _ elements: [JSONValue]
  ) -> JSONValue {
    guard case .object(var members) = variable else { return variable }
    if index > 0 { members["previtem"] = elements[index - 1] }
    if index + 1 < elements.count { members["nextitem"] = elements[index + 1] }
    return .object(members)
  }

  private mutating func assign(
    _ targets: [String], _ value: TemplateValue, at offset: Int
  ) throws {
    guard targets.count > 1 else {
      scopes[scopes.count - 1][targets[0]] = value
      return
    }
    let parts = try elements(of: value, at: offset)
    guard parts.count == targets.count else {
      throw source.error(
        at: offset,
        "\(parts.count) values for the \(targets.count) names "
          + targets.joined(separator: ", "))
    }
    for (target, part) in zip(targets, parts) { scopes[scopes.count - 1][target] = .data(part) }
  }

  /// Sets a field of a namespace where it was made, so that it outlives the loop.
  private mutating func setField(
    _ field: String, of name: String, to value: JSONValue, at offset: Int
  ) throws {
    for index in scopes.indices.reversed() {
      guard let found = scopes[index][name] else { continue }
      guard case .data(.object(var members)) = found else { break }
      members[field] = value
      scopes[index][name] = .data(.object(members))
      return
    }
    throw source.error(at: offset, "'\(name)' is no namespace")
  }

  // MARK: Names and conversions

  /// Whether what does not exist is nothing rather than an error.
  var isLenient: Bool { source.dialect == .chat }

  /// The value of a name: what the template has set, else a field of the context.
  func value(of name: String) -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return context[name].map { .data($0) } ?? .undefined("'\(name)' is not defined")
  }

  /// The value of an expression that must have one.
  mutating func data(_ expression: TemplateExpression) throws -> JSONValue {
    try data(evaluate(expression), at: expression.offset)
  }

  /// A value that must exist; a tuple becomes an array.
  func data(_ value: TemplateValue, at offset: Int) throws -> JSONValue {
    switch value {
    case .data(let value): return value
    case .tuple(let elements): return .array(elements)
    case .undefined(let message): throw source.error(at: offset, message)
    }
  }

  /// Whether Python takes an expression's value for true.
  mutating func isTrue(_ expression: TemplateExpression) throws -> Bool {
    try isTrue(evaluate(expression), at: expression.offset)
  }

  /// Whether Python takes a value for true.
  func isTrue(_ value: TemplateValue, at offset: Int) throws -> Bool {
    if isLenient, case .undefined = value { return false }
    return try data(value, at: offset).pythonTruth
  }

  /// What a loop runs over: the elements of a list, the characters of a string, the keys of a
  /// dictionary.
  func elements(of value: TemplateValue, at offset: Int) throws -> [JSONValue] {
    if isLenient, case .undefined = value { return [] }
    switch try data(value, at: offset) {
    case .array(let elements): return elements
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .object(let members): return members.keys.map { .string($0) }
    case let other:
      throw source.error(at: offset, "\(other.pythonTypeName) has no elements")
    }
  }

  private func text(of value: TemplateValue, at expression: TemplateExpression) throws -> String {
    if isLenient, case .undefined = value { return "" }
    guard case .tuple(let elements) = value else {
      return PythonText.str(try data(value, at: expression.offset))
    }
    let comma = elements.count == 1 ? "," : ""
    return "(\(elements.map { PythonText.repr($0) }.joined(separator: ", "))\(comma))"
  }
}
