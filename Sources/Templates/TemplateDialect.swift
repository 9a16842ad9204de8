/// How Jinja is set up: as benchmark tasks have it, or as chat templates do.
public enum TemplateDialect: Sendable {
  /// As lm-eval sets it up: what does not exist is an error, all white space stays.
  case tasks
  /// As transformers sets it up: what does not exist is nothing, lines of tags leave no trace, and
  /// there are `raise_exception`, `strftime_now`, `namespace` and `tojson`.
  case chat
}
