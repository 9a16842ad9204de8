public import Core
public import OrderedCollections

/// A template in the part of Jinja that benchmark tasks and chat templates are written in.
///
/// Text with `{{ expression }}`, `{% if %}`, `{% for %}`, `{% set %}` and `{# comments #}`. Values
/// behave and print as in Python (``PythonText``). As with Jinja's `StrictUndefined`, using a field
/// that does not exist is an error, and as with `keep_trailing_newline` a line end at the end stays.
/// What is not supported (macros, other tags, other filters) is an error that names it.
///
/// Parsing and rendering are bounded: nesting, loop runs and the length of repeated values have
/// limits, so a template from elsewhere cannot exhaust the machine.
///
/// ```swift
/// let template = try Template("{{ question.strip() }}\nAnswer:")
/// try template.render(["question": " Why? "])  // "Why?\nAnswer:"
/// try template.render([:])                     // throws: 'question' is not defined
/// ```
public struct Template: Sendable {
  private let source: TemplateSource
  private let statements: [TemplateStatement]

  /// Parses a template.
  ///
  /// - Parameters:
  ///   - text: The template.
  ///   - dialect: How Jinja is set up.
  /// - Throws: `InputError` with line and column of what cannot be understood.
  public init(_ text: String, dialect: TemplateDialect = .tasks) throws {
    source = TemplateSource(text, dialect: dialect)
    statements = try TemplateParser.statements(of: source)
  }

  /// What the template prints for a context.
  ///
  /// - Parameter context: The fields that the template may name.
  /// - Returns: The text.
  /// - Throws: `InputError` with line and column of what cannot be computed.
  public func render(_ context: OrderedDictionary<String, JSONValue>) throws -> String {
    var evaluator = TemplateEvaluator(source: source, context: context)
    return try evaluator.render(statements)
  }

  /// The value of a template that is nothing but one `{{ expression }}`; what it prints otherwise.
  ///
  /// A tuple becomes an array.
  ///
  /// - Parameter context: The fields that the template may name.
  /// - Returns: The value.
  /// - Throws: `InputError` with line and column of what cannot be computed.
  public func value(_ context: OrderedDictionary<String, JSONValue>) throws -> JSONValue {
    guard statements.count == 1, case .output(let expression) = statements[0] else {
      return .string(try render(context))
    }
    var evaluator = TemplateEvaluator(source: source, context: context)
    return try evaluator.data(expression)
  }
}
