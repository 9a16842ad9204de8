/// One way of cutting text before merging; steps are applied one after the other to every piece.
enum PreTokenizerStep: Sendable, Equatable {
  /// Puts a space before a piece that does not start with one.
  case prefixSpace
  /// Cuts into GPT-2's words.
  case words
  /// Cuts at the matches of an expression; matches are pieces of their own.
  case split(SplitPattern)
  /// Cuts numbers off, each digit alone or each run of digits together.
  case digits(individual: Bool)

  /// The pieces of a piece.
  func pieces(of text: Substring) -> [Substring] {
    switch self {
    case .prefixSpace: text.unicodeScalars.first == " " ? [text] : [" \(text)"[...]]
    case .words: WordSplitter.words(of: text)
    case .split(let pattern): pattern.pieces(of: text)
    case .digits(let individual): Self.digitPieces(of: text, individual: individual)
    }
  }

  private static func digitPieces(of text: Substring, individual: Bool) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var wasNumber: Bool?
    for index in text.unicodeScalars.indices {
      let isNumber = text.unicodeScalars[index].isNumber
      if let wasNumber, isNumber != wasNumber || (isNumber && individual) {
        pieces.append(text[start..<index])
        start = index
      }
      wasNumber = isNumber
    }
    if start < text.endIndex { pieces.append(text[start...]) }
    return pieces
  }
}

extension Unicode.Scalar {
  /// Whether it is of general category N, as Rust's `char::is_numeric` says.
  fileprivate var isNumber: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }
}
