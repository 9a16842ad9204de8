/// All parts of a tokenizer, checked: a later step never doubts an id.
struct TokenizerPipeline: Sendable {
  /// The bytes of each token as its file spells them, added tokens included.
  var spellings: TokenSpellings
  var addedTokens: AddedTokens
  var normalizer: [NormalizerStep]
  var preTokenizer: [PreTokenizerStep]
  var model: TokenModel
  var postProcessor: PostProcessor
  var decoder: [DecoderStep]
  /// What stands between tokens in decoded text where the decoder has no steps.
  var separator: [UInt8] = []
  /// The beginning of sequence; `nil` where none is named.
  var beginTokenID: Int?
  /// The end of sequence; `nil` where none is named.
  var endTokenID: Int?
  /// How many tokens the model's makers say that it can read; `nil` where they do not.
  var maximumLength: Int?
  /// What a user should know about the tokenizer.
  var warnings: [String] = []

  /// Rewrites text as the normalizer does.
  static func normalize(
    _ text: inout [UInt8], _ startsAtOrigin: inout Bool, _ steps: [NormalizerStep]
  ) {
    for step in steps { step.apply(to: &text, &startsAtOrigin) }
  }

  /// The tokens of a text, without those around it.
  func encode(_ text: [UInt8], _ scratch: inout EncodingScratch) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(text.count / 4 + 4)
    for part in addedTokens.split(text.span) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        var startsAtOrigin = range.lowerBound == 0
        var normalized = range.count == text.count ? text : Array(text[range])
        Self.normalize(&normalized, &startsAtOrigin, normalizer)
        append(normalized, startsAtOrigin, to: &ids, &scratch)
      }
    }
    return ids
  }

  private func append(
    _ text: [UInt8], _ startsAtOrigin: Bool, to ids: inout [Int32],
    _ scratch: inout EncodingScratch
  ) {
    for part in addedTokens.splitNormalized(text.span) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        var pieces = TextPieces(
          bytes: text, ranges: [range], startsAtOrigin: startsAtOrigin && range.lowerBound == 0)
        for step in preTokenizer { step.apply(to: &pieces) }
        let bytes = pieces.bytes.span
        for piece in pieces.ranges { model.append(bytes.extracting(piece), to: &ids, &scratch) }
      }
    }
  }

  /// The text of tokens.
  func decode(_ tokens: [[UInt8]]) -> [UInt8] {
    var tokens = tokens
    for step in decoder { step.apply(to: &tokens) }
    return Array(
      decoder.isEmpty ? Array(tokens.joined(separator: separator)) : Array(tokens.joined()))
  }
}
