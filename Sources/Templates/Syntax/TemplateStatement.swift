/// A statement of a template.
indirect enum TemplateStatement: Sendable {
  case text(String)
  case output(TemplateExpression)
  case conditional(
    [(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case loop(TemplateLoop)
  case assignment([String], TemplateExpression)
  case capture(String, [TemplateStatement])
  /// Sets a field of a namespace.
  case fieldAssignment(String, field: String, TemplateExpression)
}

/// A `for` statement.
struct TemplateLoop: Sendable {
  /// The names that an element is given to; several take an element apart.
  var targets: [String]
  var sequence: TemplateExpression
  /// Which elements take part; `nil` for all.
  var condition: TemplateExpression?
  var body: [TemplateStatement]
  /// What is done when no element takes part.
  var otherwise: [TemplateStatement]
  /// The byte at which the statement stands.
  var offset: Int
}
