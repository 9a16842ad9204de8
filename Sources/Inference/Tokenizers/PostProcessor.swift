/// What is put around the tokens of a text, such as a beginning of sequence.
struct PostProcessor: Sendable, Equatable {
  /// One piece of a template.
  enum Piece: Sendable, Equatable {
    case token(Int)
    case text
  }

  /// Templates that are applied one after the other.
  var templates: [[Piece]] = []

  /// The tokens of a text with those around it.
  func applied(to ids: [Int]) -> [Int] {
    templates.reduce(ids) { ids, template in
      template.flatMap { piece in
        switch piece {
        case .token(let id): [id]
        case .text: ids
        }
      }
    }
  }
}
