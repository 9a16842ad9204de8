import Core

/// Jinja's grammar of expressions, the loosest operator first.
extension TemplateParser {
  /// One expression, or several with commas between them, which make a tuple.
  mutating func tupleOrExpression(
    allowsConditional: Bool = true
  ) throws -> TemplateExpression {
    let offset = token.offset
    let first = try allowsConditional ? expression() : checked(nested { try $0.or() })
    guard token.kind == .symbol(",") else { return first }
    var elements = [first]
    while skip(.symbol(",")), !endsExpression {
      elements.append(try allowsConditional ? expression() : checked(nested { try $0.or() }))
    }
    return TemplateExpression(.tuple(elements), at: offset)
  }

  /// One expression.
  mutating func expression() throws -> TemplateExpression {
    try checked(nested { try $0.conditional() })
  }

  private var endsExpression: Bool {
    switch token.kind {
    case .endOutput, .endTag, .end, .symbol(")"), .symbol("="), .name("in"): true
    default: false
    }
  }

  private func checked(_ expression: TemplateExpression) throws -> TemplateExpression {
    guard expression.height <= 2 * Self.depthLimit else {
      throw source.error(
        at: expression.offset,
        "expression with more than \(2 * Self.depthLimit) operations inside each other")
    }
    return expression
  }

  // MARK: Operators

  private mutating func conditional() throws -> TemplateExpression {
    var value = try or()
    while token.kind == .name("if") {
      let offset = token.offset
      advance()
      let condition = try or()
      let otherwise = skip(.name("else")) ? try expression() : nil
      value = TemplateExpression(
        .conditional(value, condition: condition, otherwise: otherwise), at: offset)
    }
    return value
  }

  private mutating func or() throws -> TemplateExpression {
    var left = try and()
    while token.kind == .name("or") {
      let offset = token.offset
      advance()
      left = TemplateExpression(.or(left, try and()), at: offset)
    }
    return left
  }

  private mutating func and() throws -> TemplateExpression {
    var left = try not()
    while token.kind == .name("and") {
      let offset = token.offset
      advance()
      left = TemplateExpression(.and(left, try not()), at: offset)
    }
    return left
  }

  private mutating func not() throws -> TemplateExpression {
    guard token.kind == .name("not") else { return try comparison() }
    let offset = token.offset
    advance()
    return TemplateExpression(.not(try nested { try $0.not() }), at: offset)
  }

  private mutating func comparison() throws -> TemplateExpression {
    let offset = token.offset
    let left = try sum()
    var others: [(relation: TemplateExpression.Comparison, right: TemplateExpression)] = []
    while let comparison = comparisonOperator() { others.append((comparison, try sum())) }
    return others.isEmpty ? left : TemplateExpression(.comparison(left, others), at: offset)
  }

  private mutating func comparisonOperator() -> TemplateExpression.Comparison? {
    switch token.kind {
    case .symbol(let symbol):
      guard let comparison = TemplateExpression.Comparison(rawValue: symbol) else { return nil }
      advance()
      return comparison
    case .name("in"):
      advance()
      return .isIn
    case .name("not") where nextToken.kind == .name("in"):
      advance()
      advance()
      return .isNotIn
    default: return nil
    }
  }

  private mutating func sum() throws -> TemplateExpression {
    try chain(of: ["+", "-"]) { try $0.concatenation() }
  }

  private mutating func concatenation() throws -> TemplateExpression {
    let offset = token.offset
    var parts = [try product()]
    while skip(.symbol("~")) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : TemplateExpression(.concatenation(parts), at: offset)
  }

  private mutating func product() throws -> TemplateExpression {
    try chain(of: ["*", "/", "//", "%"]) { parser in
      try parser.chain(of: ["**"]) { try $0.unary(allowsFilter: true) }
    }
  }

  /// Operands with operators between them, taken together from the left.
  private mutating func chain(
    of symbols: [String], _ operand: (inout TemplateParser) throws -> TemplateExpression
  ) throws -> TemplateExpression {
    var left = try operand(&self)
    while case .symbol(let symbol) = token.kind, symbols.contains(symbol),
      let arithmetic = TemplateExpression.Arithmetic(rawValue: symbol)
    {
      let offset = token.offset
      advance()
      left = TemplateExpression(.arithmetic(left, arithmetic, try operand(&self)), at: offset)
    }
    return left
  }

  private mutating func unary(allowsFilter: Bool) throws -> TemplateExpression {
    let offset = token.offset
    var value: TemplateExpression
    if skip(.symbol("-")) {
      value = TemplateExpression(
        .negative(try nested { try $0.unary(allowsFilter: false) }), at: offset)
    } else if skip(.symbol("+")) {
      value = TemplateExpression(
        .positive(try nested { try $0.unary(allowsFilter: false) }), at: offset)
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return allowsFilter ? try filters(value) : value
  }

  // MARK: What binds tightest

  private mutating func primary() throws -> TemplateExpression {
    let offset = token.offset
    switch token.kind {
    case .name(let name):
      advance()
      return TemplateExpression(
        Self.constants[name].map { .literal($0) } ?? .name(name), at: offset)
    case .string: return TemplateExpression(.literal(.string(adjacentStrings())), at: offset)
    case .integer(let value):
      advance()
      return TemplateExpression(.literal(.integer(value)), at: offset)
    case .float(let value):
      advance()
      return TemplateExpression(.literal(.number(value)), at: offset)
    case .symbol("("):
      advance()
      return try parenthesized(at: offset)
    case .symbol("["):
      advance()
      return TemplateExpression(.list(try elements(until: "]")), at: offset)
    case .symbol("{"):
      advance()
      return TemplateExpression(.dictionary(try members()), at: offset)
    default: throw unexpected("expected a value")
    }
  }

  private static let constants: [String: JSONValue] = [
    "true": true, "True": true, "false": false, "False": false, "none": .null, "None": .null,
  ]

  private mutating func adjacentStrings() -> String {
    var text = ""
    while case .string(let part) = token.kind {
      text += part
      advance()
    }
    return text
  }

  private mutating func parenthesized(at offset: Int) throws -> TemplateExpression {
    if skip(.symbol(")")) { return TemplateExpression(.tuple([]), at: offset) }
    let inner = try tupleOrExpression()
    try expect(.symbol(")"))
    return inner
  }

  private mutating func elements(until end: String) throws -> [TemplateExpression] {
    var elements: [TemplateExpression] = []
    while !skip(.symbol(end)) {
      if !elements.isEmpty {
        try expect(.symbol(","))
        if skip(.symbol(end)) { break }
      }
      elements.append(try expression())
    }
    return elements
  }

  private mutating func members() throws -> [(key: TemplateExpression, value: TemplateExpression)] {
    var members: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !skip(.symbol("}")) {
      if !members.isEmpty {
        try expect(.symbol(","))
        if skip(.symbol("}")) { break }
      }
      let key = try expression()
      try expect(.symbol(":"))
      members.append((key, try expression()))
    }
    return members
  }

  private mutating func postfix(_ base: TemplateExpression) throws -> TemplateExpression {
    var value = base
    while true {
      let offset = token.offset
      if skip(.symbol(".")) {
        value = try attribute(of: value, at: offset)
      } else if skip(.symbol("[")) {
        value = try subscription(of: value, at: offset)
      } else if skip(.symbol("(")) {
        value = TemplateExpression(.call(value, try arguments()), at: offset)
      } else {
        return value
      }
    }
  }

  private mutating func attribute(
    of value: TemplateExpression, at offset: Int
  ) throws -> TemplateExpression {
    if case .integer(let index) = token.kind {
      let index = TemplateExpression(.literal(.integer(index)), at: token.offset)
      advance()
      return TemplateExpression(.item(value, index), at: offset)
    }
    return TemplateExpression(.attribute(value, try expectName()), at: offset)
  }

  private mutating func subscription(
    of value: TemplateExpression, at offset: Int
  ) throws -> TemplateExpression {
    var bounds: [TemplateExpression?] = []
    var isSlice = false
    while true {
      bounds.append(
        token.kind == .symbol(":") || token.kind == .symbol("]") ? nil : try expression())
      guard bounds.count < 3, skip(.symbol(":")) else { break }
      isSlice = true
    }
    try expect(.symbol("]"))
    if isSlice { return TemplateExpression(.slice(value, bounds), at: offset) }
    guard let index = bounds[0] else {
      throw source.error(at: offset, "'[]' without an index")
    }
    return TemplateExpression(.item(value, index), at: offset)
  }

  private mutating func filters(_ base: TemplateExpression) throws -> TemplateExpression {
    var value = base
    while true {
      let offset = token.offset
      if skip(.symbol("|")) {
        let name = try dottedName()
        let arguments = skip(.symbol("(")) ? try arguments() : TemplateArguments()
        value = TemplateExpression(.filter(value, name, arguments), at: offset)
      } else if skip(.name("is")) {
        value = try test(of: value, at: offset)
      } else if skip(.symbol("(")) {
        value = TemplateExpression(.call(value, try arguments()), at: offset)
      } else {
        return value
      }
    }
  }

  private mutating func dottedName() throws -> String {
    var name = try expectName()
    while skip(.symbol(".")) { name += ".\(try expectName())" }
    return name
  }

  private mutating func test(
    of value: TemplateExpression, at offset: Int
  ) throws -> TemplateExpression {
    let isNegated = skip(.name("not"))
    let name = try dottedName()
    var arguments = TemplateArguments()
    if skip(.symbol("(")) {
      arguments = try self.arguments()
    } else if startsTestArgument {
      arguments.positional = [try postfix(primary())]
    }
    return TemplateExpression(.test(value, name, arguments, isNegated: isNegated), at: offset)
  }

  /// Whether what follows a test's name is its argument, as in `x is divisibleby 3`.
  private var startsTestArgument: Bool {
    switch token.kind {
    case .name(let name): !["else", "or", "and", "if", "is", "in", "not"].contains(name)
    case .string, .integer, .float, .symbol("["), .symbol("{"): true
    default: false
    }
  }

  private mutating func arguments() throws -> TemplateArguments {
    var arguments = TemplateArguments()
    var isFirst = true
    while !skip(.symbol(")")) {
      if !isFirst {
        try expect(.symbol(","))
        if skip(.symbol(")")) { break }
      }
      isFirst = false
      if case .name(let name) = token.kind, nextToken.kind == .symbol("=") {
        advance()
        advance()
        arguments.named.append((name, try expression()))
      } else {
        guard arguments.named.isEmpty else {
          throw source.error(at: token.offset, "argument without a name after one with a name")
        }
        arguments.positional.append(try expression())
      }
    }
    return arguments
  }
}
