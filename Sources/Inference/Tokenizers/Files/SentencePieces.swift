import Core

/// What a SentencePiece model consists of, whichever file it comes from.
struct SentencePieces {
  /// What a piece is for; the numbers are those of SentencePiece and of GGUF.
  enum Kind: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte

    /// Whether such pieces are found in text.
    var isMatched: Bool { self == .normal || self == .userDefined || self == .unused }
  }

  /// One piece.
  struct Piece {
    var bytes: [UInt8] = []
    var score: Float = 0
    var kind = Kind.normal
  }

  /// The pieces, by id.
  var pieces: [Piece] = []
  /// Whether tokens are chosen by the sum of their scores, not by joining pairs.
  var isUnigram = true
  /// Whether bytes stand for unknown text.
  var fallsBackToBytes = false
  /// What is done to text; symbols that no replacement touches are filled in.
  var normalizer = SentencePieceNormalizer()
  /// What an unknown token is decoded to.
  var unknownText = Array(" \u{2047} ".utf8)

  /// The id of the unknown piece.
  ///
  /// - Throws: `InputError` if there is not one.
  func unknown(path: String) throws -> Int {
    guard let id = pieces.firstIndex(where: { $0.kind == .unknown }) else {
      throw InputError(path: path, "has no unknown token")
    }
    return id
  }

  /// The bytes of all pieces.
  var spellings: TokenSpellings {
    var spellings = TokenSpellings()
    for (id, piece) in pieces.enumerated() { spellings.set(id, piece.bytes.span) }
    return spellings
  }

  /// The normalizer with the symbols that no replacement touches.
  var completeNormalizer: SentencePieceNormalizer {
    var result = normalizer
    if pieces.contains(where: { $0.kind == .userDefined }) { result.userDefined = userDefined }
    return result
  }

  /// The ids of the pieces of some kinds.
  func table(_ isIncluded: (Kind) -> Bool) -> TokenTable {
    var table = TokenTable(minimumCapacity: pieces.count)
    for (id, piece) in pieces.enumerated() where isIncluded(piece.kind) {
      table.set(piece.bytes.span, Int32(id))
    }
    return table
  }

  /// The model, and the steps that cut text for it.
  ///
  /// - Throws: `InputError` if it has no unknown token, or not all bytes.
  func model(path: String) throws -> (TokenModel, [PreTokenizerStep]) {
    let unknown = try unknown(path: path)
    let reserved = table { !$0.isMatched }
    let bytes = fallsBackToBytes ? ByteTokens.tokens(in: reserved) : nil
    if let missing = bytes?.firstIndex(of: -1) {
      throw InputError(
        path: path, "falls back to bytes, but has no token for byte \(missing)")
    }
    if isUnigram {
      let model = UnigramModel(
        sentencePieces: pieces.map {
          UnigramModel.Piece(
            bytes: $0.bytes, score: Double($0.score),
            isMatched: $0.kind == .normal || $0.kind == .userDefined,
            isUserDefined: $0.kind == .userDefined)
        }, normal: pieces.map { $0.kind == .normal }, unknown: unknown, byteTokens: bytes)
      return (.unigram(model), [])
    }
    let matched = table(\.isMatched)
    let model = SentencePieceBytePairs(
      vocabulary: matched, scores: pieces.map(\.score),
      unused: Set(pieces.indices.filter { pieces[$0].kind == .unused }.map { Int32($0) }),
      userDefined: userDefined, reserved: reserved, unknown: Int32(unknown), byteTokens: bytes)
    return (.sentencePieceBytePairs(model), wordBreaks(matched))
  }

  /// Cuts text into words, where no piece crosses their borders: then joining pairs does not either.
  private func wordBreaks(_ matched: TokenTable) -> [PreTokenizerStep] {
    let mark = SentencePieceNormalizer.spaceMark
    let isCrossed = pieces.contains {
      $0.kind.isMatched && WordBorders.isCrossed(by: $0.bytes, mark)
    }
    return matched[mark] == nil || isCrossed ? [] : [.beforeMark(mark)]
  }

  private var userDefined: TokenTrie {
    TokenTrie(
      pieces.enumerated().filter { _, piece in
        piece.kind == .userDefined && String(validating: piece.bytes, as: UTF8.self) != nil
      }.map { ($1.bytes, Int32($0)) })
  }
}
