import Templates

/// chrF (Popović 2015) and chrF++ (2017) as sacrebleu's `corpus_chrf` computes them.
struct CHRF {
  private static let characterOrder = 6
  /// Recall counts as much as two precisions.
  private static let factor = 4.0
  private static let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars)

  /// The longest run of words that is counted; 0 for plain chrF, 2 for chrF++.
  let wordOrder: Int

  /// Of each kind of run: how many the prediction has, the reference, both.
  ///
  /// Of several references those of the one that fits best.
  func counts(of prediction: String, references: [String]) -> [Double] {
    var table = TokenNumbers()
    let found = grams(prediction, &table)
    var best: [Double] = []
    var bestScore = -1.0
    for reference in references {
      let counts = zip(found, grams(reference, &table)).flatMap { found, wanted in
        [
          wanted.counts.isEmpty ? 0 : Double(found.total), Double(wanted.total),
          Double(found.shared(with: wanted)),
        ]
      }
      let score = score(of: counts)
      if score > bestScore { (best, bestScore) = (counts, score) }
    }
    return best
  }

  /// The value of added counts, from 0 to 100.
  func score(of counts: [Double]) -> Double {
    var precision = 0.0
    var recall = 0.0
    var orders = 0.0
    for start in stride(from: 0, to: counts.count, by: 3) {
      let (found, wanted, shared) = (counts[start], counts[start + 1], counts[start + 2])
      guard found > 0, wanted > 0 else { continue }
      precision += shared / found
      recall += shared / wanted
      orders += 1
    }
    guard orders > 0 else { return 0 }
    precision /= orders
    recall /= orders
    guard precision + recall != 0 else { return 0 }
    let product = (1 + Self.factor) * precision * recall
    return 100 * (product / (Self.factor * precision + recall))
  }

  private func grams(_ text: String, _ table: inout TokenNumbers) -> [GramCounts] {
    let words = PythonString.words(text)
    // Characters have their code points for numbers; no table is needed.
    let characters = words.flatMap { $0.unicodeScalars.map { Int($0.value) } }
    var grams = (1...Self.characterOrder).map { GramCounts(characters, length: $0) }
    guard wordOrder > 0 else { return grams }
    let pieces = table.numbers(of: words.flatMap(Self.settingOffPunctuation))
    grams += (1...wordOrder).map { GramCounts(pieces, length: $0) }
    return grams
  }

  /// A word without a mark at its end, else without one at its start, and that mark.
  private static func settingOffPunctuation(_ word: Substring) -> [Substring] {
    let scalars = word.unicodeScalars
    guard scalars.count > 1, let first = scalars.first, let last = scalars.last else {
      return [word]
    }
    if punctuation.contains(last) {
      return [Substring(scalars.dropLast()), Substring(scalars.suffix(1))]
    }
    if punctuation.contains(first) {
      return [Substring(scalars.prefix(1)), Substring(scalars.dropFirst())]
    }
    return [word]
  }
}
