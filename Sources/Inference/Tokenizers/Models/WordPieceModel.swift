/// WordPiece: the longest token first, again and again; a word that does not work out is unknown.
struct WordPieceModel: Sendable {
  /// The id of each token, spelled as the file spells it.
  let vocabulary: TokenTable
  /// The token for a word that does not work out.
  let unknown: Int32
  /// Stands before every piece but a word's first.
  let prefix: [UInt8]
  /// A word of more scalars is unknown.
  let longestWord: Int

  /// Adds the tokens of a word, which is not empty.
  func append(_ word: Span<UInt8>, to ids: inout [Int32]) {
    guard word.scalarCount <= longestWord else {
      ids.append(unknown)
      return
    }
    let first = ids.count
    var start = 0
    while start < word.count {
      guard let (id, end) = longestPiece(of: word, from: start) else {
        ids.removeSubrange(first...)
        ids.append(unknown)
        return
      }
      ids.append(id)
      start = end
    }
  }

  private func longestPiece(of word: Span<UInt8>, from start: Int) -> (id: Int32, end: Int)? {
    var piece = (start > 0 ? prefix : []) + word.extracting(start..<word.count).copied
    var end = word.count
    while end > start {
      if let id = vocabulary[piece] { return (id, end) }
      let length = word.scalar(before: end).length
      end -= length
      piece.removeLast(length)
    }
    return nil
  }
}
