import Core

/// The texts of a model's tokens, as they stand in a text: spaces are spaces, whatever the vocabulary
/// writes them with.
public struct TokenTexts: Sendable {
  /// What a vocabulary writes spaces with.
  private enum Spelling: String {
    /// Every byte is written as a character, a space as `Ġ` (GPT-2).
    case bytes = "Ġ"
    /// Spaces alone are written otherwise (SentencePiece).
    case pieces = "▁"
  }

  private let tokens: [Int: [UInt8]]
  private let spelling: Spelling

  /// Reads the vocabulary of a model: that in its metadata, else its `tokenizer.json`, else its
  /// `tokenizer.model`; `nil` where it has none that can be read.
  public init?(of source: any TensorSource) {
    guard let checkpoint = source.foundation else { return nil }
    if let vocabulary = try? Vocabulary(checkpoint) {
      self.init(tokens: vocabulary.tokens)
      return
    }
    let files = NeighbourFiles(checkpoint)
    guard let name = SentencePieceVocabulary.fileNames.first(where: files.has),
      let pieces = try? SentencePieceVocabulary.pieces(path: files.path(name))
    else { return nil }
    self.init(tokens: Dictionary(uniqueKeysWithValues: pieces.enumerated().map { ($0, $1) }))
  }

  private init(tokens: [Int: [UInt8]]) {
    self.tokens = tokens
    // Words of either kind begin with their space, and no word of one kind begins with the other's.
    func count(_ spelling: Spelling) -> Int {
      tokens.values.count { $0.starts(with: spelling.rawValue.utf8) }
    }
    spelling = count(.bytes) > count(.pieces) ? .bytes : .pieces
  }

  /// The texts of the model that has the most tokens; those of the first where several have as many.
  public static func largest(of sources: [any TensorSource]) -> TokenTexts? {
    sources.compactMap(TokenTexts.init).reduce(nil) { best, next in
      next.tokens.count > best?.tokens.count ?? 0 ? next : best
    }
  }

  /// The text of a token, bytes that are none replaced; `nil` if there is no such token.
  public subscript(id: Int) -> String? {
    tokens[id].map { bytes in
      switch spelling {
      case .bytes:
        // Added tokens are written as they are.
        let plain = ByteLevelAlphabet.bytes(of: bytes.span) ?? bytes
        return String(decoding: plain, as: UTF8.self)
      case .pieces:
        return String(decoding: bytes, as: UTF8.self).replacing(spelling.rawValue, with: " ")
      }
    }
  }
}
