import Templates

/// Translation edit rate (Snover and others, 2006) as sacrebleu's `corpus_ter` computes it without
/// options: words in lower case; an edit inserts, removes or replaces a word or moves several.
enum TER {
  private static let longestShift = 10
  private static let farthestShift = 50
  private static let candidateLimit = 1000

  /// The edits to the nearest reference, and the mean length of the references.
  static func counts(of prediction: String, references: [String]) -> [Double] {
    var table = TokenNumbers()
    let words = numbers(prediction, &table)
    let others = references.map { numbers($0, &table) }
    let edits = others.map { editCount(from: words, to: $0) }.min() ?? 0
    let length = others.reduce(0) { $0 + $1.count }
    return [Double(edits), Double(length) / Double(max(1, others.count))]
  }

  /// The value of added counts.
  static func score(of counts: [Double]) -> Double {
    let (edits, length) = (counts[0], counts[1])
    if length > 0 { return 100 * (edits / length) }
    return edits > 0 ? 100 : 0
  }

  private static func numbers(_ text: String, _ table: inout TokenNumbers) -> [Int] {
    table.numbers(of: PythonString.words(PythonString.lowercased(text)))
  }

  private static func editCount(from words: [Int], to reference: [Int]) -> Int {
    guard !reference.isEmpty else { return words.count }
    var words = words
    var shiftCount = 0
    var candidateCount = 0
    var distance = EditDistance(words, to: reference)
    while let shifted = bestShift(distance, &candidateCount), candidateCount < candidateLimit {
      words = shifted
      shiftCount += 1
      distance = EditDistance(words, to: reference)
    }
    return shiftCount + distance.cost
  }

  /// The words after the shift that saves most edits; `nil` if none saves any.
  private static func bestShift(_ distance: EditDistance, _ candidateCount: inout Int) -> [Int]? {
    let (words, reference) = (distance.words, distance.reference)
    let alignment = distance.alignment
    var best: (rank: [Int], words: [Int])?
    search: for start in words.indices {
      for target in reference.indices where abs(target - start) <= farthestShift {
        var length = 0
        while length < longestShift, start + length < words.count,
          target + length < reference.count, words[start + length] == reference[target + length]
        {
          length += 1
          // Both must be wrong where they are, and the target outside of what is moved.
          guard alignment.wordIsWrong[start..<start + length].contains(true),
            alignment.referenceIsWrong[target..<target + length].contains(true),
            !(start..<start + length).contains(alignment.positions[target])
          else { continue }
          for place in places(of: target, length, alignment) {
            let shifted = shifting(words, from: start, count: length, to: place)
            let saved = distance.cost - distance.cost(of: shifted)
            let rank = [saved, length, -start, -place]
            candidateCount += 1
            if best.map({ $0.rank.lexicographicallyPrecedes(rank) }) ?? true {
              best = (rank, shifted)
            }
          }
          if candidateCount >= candidateLimit { break search }
        }
      }
    }
    guard let best, best.rank[0] > 0 else { return nil }
    return best.words
  }

  /// Where words that match the reference from a position on may go, each place once in a row.
  private static func places(
    of target: Int, _ length: Int, _ alignment: EditDistance.Alignment
  ) -> [Int] {
    var places: [Int] = []
    for position in (target - 1)..<(target + length) {
      let place = position < 0 ? 0 : alignment.positions[position] + 1
      if places.last != place { places.append(place) }
    }
    return places
  }

  private static func shifting(
    _ words: [Int], from start: Int, count: Int, to place: Int
  ) -> [Int] {
    let moved = words[start..<start + count]
    let rest = words[..<start] + words[(start + count)...]
    // A place before the words counts from the whole, one behind or within them without them.
    let cut =
      place < start ? place : min(rest.count, place > start + count ? place - count : place)
    return Array(rest.prefix(cut) + moved + rest.dropFirst(cut))
  }
}
