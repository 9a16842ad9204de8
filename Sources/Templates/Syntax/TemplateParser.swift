import Core

/// Turns tokens into statements.
struct TemplateParser {
  let source: TemplateSource
  private let tokens: [TemplateToken]
  private var index = 0
  private var depth = 0

  /// How many statements or expressions may lie inside each other.
  static let depthLimit = 100

  private init(source: TemplateSource) throws {
    self.source = source
    tokens = try TemplateLexer.tokens(of: source)
  }

  /// The statements of a template.
  static func statements(of source: TemplateSource) throws -> [TemplateStatement] {
    var parser = try TemplateParser(source: source)
    let (body, _) = try parser.body(until: [], of: nil)
    return body
  }

  // MARK: Tokens

  var token: TemplateToken { tokens[index] }

  var nextToken: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  /// Whether the current token is a symbol or name; if so, it is left behind.
  mutating func skip(_ kind: TemplateToken.Kind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: TemplateToken.Kind) throws {
    let expected = TemplateToken(kind: kind, offset: 0).name
    guard skip(kind) else { throw unexpected("expected \(expected)") }
  }

  mutating func expectName() throws -> String {
    guard case .name(let name) = token.kind else { throw unexpected("expected a name") }
    advance()
    return name
  }

  func unexpected(_ expectation: String) -> InputError {
    source.error(at: token.offset, "found \(token.name), \(expectation)")
  }

  /// Runs one level further down.
  mutating func nested<Result>(
    _ body: (inout TemplateParser) throws -> Result
  ) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw source.error(at: token.offset, "more than \(Self.depthLimit) levels inside each other")
    }
    return try body(&self)
  }

  // MARK: Statements

  /// The statements up to one of the end tags, whose name is returned and which is left behind up
  /// to what follows its name.
  private mutating func body(
    until ends: [String], of opening: TemplateToken?
  ) throws -> (statements: [TemplateStatement], end: String) {
    var statements: [TemplateStatement] = []
    while true {
      switch token.kind {
      case .text(let text):
        statements.append(.text(text))
        advance()
      case .beginOutput:
        advance()
        statements.append(.output(try tupleOrExpression()))
        try expect(.endOutput)
      case .beginTag:
        advance()
        let tag = token
        let name = try expectName()
        if ends.contains(name) { return (statements, name) }
        statements.append(try nested { parser in try parser.statement(name, tag) })
      default:
        guard let opening else { return (statements, "") }
        throw source.error(
          at: opening.offset, "tag \(opening.name) without '\(ends.last ?? "")'")
      }
    }
  }

  private mutating func statement(
    _ name: String, _ tag: TemplateToken
  ) throws -> TemplateStatement {
    switch name {
    case "if": return try conditional(tag)
    case "for": return try loop(tag)
    case "set": return try assignment(tag)
    case "elif", "else", "endif", "endfor", "endset":
      throw source.error(at: tag.offset, "tag '\(name)' without its opening tag")
    default: throw source.error(at: tag.offset, "tag '\(name)' is not supported")
    }
  }

  private mutating func conditional(_ tag: TemplateToken) throws -> TemplateStatement {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let condition = try tupleOrExpression()
      try expect(.endTag)
      let (statements, end) = try body(until: ["elif", "else", "endif"], of: tag)
      branches.append((condition, statements))
      guard end != "elif" else { continue }
      let otherwise = end == "else" ? try elseBody(until: "endif", of: tag) : []
      try expect(.endTag)
      return .conditional(branches, otherwise: otherwise)
    }
  }

  private mutating func elseBody(
    until end: String, of tag: TemplateToken
  ) throws -> [TemplateStatement] {
    try expect(.endTag)
    return try body(until: [end], of: tag).statements
  }

  private mutating func loop(_ tag: TemplateToken) throws -> TemplateStatement {
    let targets = try targetNames()
    try expect(.name("in"))
    let sequence = try tupleOrExpression(allowsConditional: false)
    let condition = skip(.name("if")) ? try expression() : nil
    if token.kind == .name("recursive") {
      throw source.error(at: token.offset, "'recursive' loops are not supported")
    }
    try expect(.endTag)
    let (statements, end) = try body(until: ["else", "endfor"], of: tag)
    let otherwise = end == "else" ? try elseBody(until: "endfor", of: tag) : []
    try expect(.endTag)
    return .loop(
      TemplateLoop(
        targets: targets, sequence: sequence, condition: condition, body: statements,
        otherwise: otherwise, offset: tag.offset))
  }

  private mutating func assignment(_ tag: TemplateToken) throws -> TemplateStatement {
    let targets = try targetNames()
    if token.kind == .symbol("."), source.dialect == .chat, targets.count == 1 {
      advance()
      let field = try expectName()
      try expect(.symbol("="))
      let value = try tupleOrExpression()
      try expect(.endTag)
      return .fieldAssignment(targets[0], field: field, value)
    }
    if token.kind == .symbol(".") {
      throw source.error(at: token.offset, "setting an attribute is not supported")
    }
    if skip(.symbol("=")) {
      let value = try tupleOrExpression()
      try expect(.endTag)
      return .assignment(targets, value)
    }
    if token.kind == .symbol("|") {
      throw source.error(at: token.offset, "a filter on a 'set' block is not supported")
    }
    guard targets.count == 1 else { throw unexpected("expected '='") }
    try expect(.endTag)
    let (statements, _) = try body(until: ["endset"], of: tag)
    try expect(.endTag)
    return .capture(targets[0], statements)
  }

  private mutating func targetNames() throws -> [String] {
    let isParenthesized = skip(.symbol("("))
    var names = [try expectName()]
    while skip(.symbol(",")) { names.append(try expectName()) }
    if isParenthesized { try expect(.symbol(")")) }
    return names
  }
}
