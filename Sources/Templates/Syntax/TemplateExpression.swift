import Core

/// An expression of a template, and where it stands.
struct TemplateExpression: Sendable {
  /// What the expression computes.
  indirect enum Kind: Sendable {
    case literal(JSONValue)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dictionary([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression, [TemplateExpression?])
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments, isNegated: Bool)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case not(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case arithmetic(TemplateExpression, Arithmetic, TemplateExpression)
    case concatenation([TemplateExpression])
    case comparison(TemplateExpression, [(relation: Comparison, right: TemplateExpression)])
    case conditional(
      TemplateExpression, condition: TemplateExpression, otherwise: TemplateExpression?)
  }

  /// An operator on two numbers, or on what Python lets it work on.
  enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
  }

  /// An operator that gives true or false.
  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
  }

  let kind: Kind
  /// The byte at which the expression's operator or first token stands.
  let offset: Int
  /// How many expressions lie inside each other, itself counted: bounds the evaluator's recursion.
  let height: Int

  init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
    height = 1 + (kind.children.map(\.height).max() ?? 0)
  }
}

/// What stands between the parentheses of a call, a filter or a test.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []

  /// All arguments, in the order in which they are evaluated.
  var expressions: [TemplateExpression] { positional + named.map(\.value) }
}

extension TemplateExpression.Kind {
  fileprivate var children: [TemplateExpression] {
    switch self {
    case .literal, .name: []
    case .list(let elements), .tuple(let elements), .concatenation(let elements): elements
    case .dictionary(let members): members.flatMap { [$0.key, $0.value] }
    case .attribute(let base, _), .negative(let base), .positive(let base), .not(let base): [base]
    case .item(let base, let index): [base, index]
    case .slice(let base, let bounds): [base] + bounds.compactMap(\.self)
    case .call(let base, let arguments), .filter(let base, _, let arguments),
      .test(let base, _, let arguments, _):
      [base] + arguments.expressions
    case .and(let left, let right), .or(let left, let right), .arithmetic(let left, _, let right):
      [left, right]
    case .comparison(let left, let others): [left] + others.map(\.right)
    case .conditional(let value, let condition, let otherwise):
      [value, condition] + (otherwise.map { [$0] } ?? [])
    }
  }
}
