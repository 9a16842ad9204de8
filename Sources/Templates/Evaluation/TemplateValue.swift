import Core

/// What an expression of a template evaluates to.
enum TemplateValue {
  /// A value that JSON has too.
  case data(JSONValue)
  /// A tuple, which prints with round brackets and is a list otherwise.
  case tuple([JSONValue])
  /// Nothing: a field that does not exist. The text says which, for the error of whoever uses it.
  case undefined(String)
}
