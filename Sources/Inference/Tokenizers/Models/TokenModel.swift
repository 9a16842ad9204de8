/// What turns the words of a text into tokens.
enum TokenModel: Sendable {
  case bytePairs(BytePairModel)
  case unigram(UnigramModel)
  case wordPiece(WordPieceModel)
  case sentencePieceBytePairs(SentencePieceBytePairs)

  /// Adds the tokens of a word, which is not empty.
  @inline(__always)
  func append(_ word: Span<UInt8>, to ids: inout [Int32], _ scratch: inout EncodingScratch) {
    append(word, to: &ids, &scratch.cache, &scratch.work)
  }

  @inline(__always)
  private func append(
    _ word: Span<UInt8>, to ids: inout [Int32], _ cache: inout WordCache,
    _ work: inout EncodingScratch.Work
  ) {
    cache.append(word, to: &ids) { word, ids in
      switch self {
      case .bytePairs(let model): model.append(word, to: &ids, &work.merging)
      case .unigram(let model): model.append(word, to: &ids, &work.path)
      case .wordPiece(let model): model.append(word, to: &ids)
      case .sentencePieceBytePairs(let model): model.append(word, to: &ids)
      }
    }
  }
}

/// Memory that encoding uses again and again.
struct EncodingScratch {
  /// What models work with.
  struct Work {
    var merging = SymbolMerging()
    var path = BestPath()
  }

  var cache = WordCache()
  var work = Work()
}
