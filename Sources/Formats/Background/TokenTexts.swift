import Core

/// The texts of a model's tokens, as its vocabulary writes them.
///
/// A text is the piece itself: spaces may be written `▁` or `Ġ`, as the tokenizer has them.
public struct TokenTexts: Sendable {
  private let tokens: [Int: [UInt8]]

  /// Reads the vocabulary of a model: that in its metadata, else its `tokenizer.json`, else its
  /// `tokenizer.model`; `nil` where it has none that can be read.
  public init?(of source: any TensorSource) {
    guard let checkpoint = source.foundation else { return nil }
    if let vocabulary = try? Vocabulary(checkpoint) {
      tokens = vocabulary.tokens
      return
    }
    let files = NeighbourFiles(checkpoint)
    guard let name = SentencePieceVocabulary.fileNames.first(where: files.has),
      let pieces = try? SentencePieceVocabulary.pieces(path: files.path(name))
    else { return nil }
    tokens = Dictionary(uniqueKeysWithValues: pieces.enumerated().map { ($0, $1) })
  }

  /// The texts of the model that has the most tokens; those of the first where several have as many.
  public static func largest(of sources: [any TensorSource]) -> TokenTexts? {
    sources.compactMap(TokenTexts.init).reduce(nil) { best, next in
      next.tokens.count > best?.tokens.count ?? 0 ? next : best
    }
  }

  /// The text of a token, bytes that are none replaced; `nil` if there is no such token.
  public subscript(id: Int) -> String? {
    tokens[id].map { String(decoding: $0, as: UTF8.self) }
  }
}
