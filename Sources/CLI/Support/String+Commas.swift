extension String {
  /// The words of a list that is separated by commas, without the spaces around them and without
  /// empty ones.
  var commaSeparated: [String] {
    split(separator: ",").compactMap { part in
      let word = part.drop(while: \.isWhitespace)
      let end = word.lastIndex { !$0.isWhitespace }
      return end.map { String(word[...$0]) }
    }
  }
}
