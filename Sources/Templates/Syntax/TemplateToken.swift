/// A piece of a template, and where it stands.
struct TemplateToken: Sendable, Equatable {
  /// What the piece is.
  enum Kind: Sendable, Equatable {
    case text(String)
    case beginOutput
    case endOutput
    case beginTag
    case endTag
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  var kind: Kind
  /// The byte at which it begins.
  var offset: Int

  /// The token as a message names it.
  var name: String {
    switch kind {
    case .text: "text"
    case .beginOutput: "'{{'"
    case .endOutput: "'}}'"
    case .beginTag: "'{%'"
    case .endTag: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end of the template"
    }
  }
}
