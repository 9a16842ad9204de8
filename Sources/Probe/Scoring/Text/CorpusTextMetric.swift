/// A metric of all texts of a task together, as sacrebleu 2.6 computes it and lm-eval calls it.
///
/// What is counted in each text is added up before anything is divided, so the value is not a mean
/// over items, and a bootstrap adds up counts of drawn items without looking at texts again.
enum CorpusTextMetric: String, CaseIterable, Sendable {
  /// BLEU with tokens of `13a`, n-grams up to 4, exponential smoothing; 0 to 100.
  case bleu
  /// chrF2: character n-grams up to 6; 0 to 100.
  case chrf
  /// chrF2++: character n-grams up to 6 and word n-grams up to 2; 0 to 100.
  case chrfWithWords = "chrf++"
  /// Translation edit rate: edits for each hundred words of the references; less is better.
  case ter

  /// What is counted in one text against its references, of which there is at least one.
  func counts(of prediction: String, references: [String]) -> [Double] {
    switch self {
    case .bleu: BLEU.counts(of: prediction, references: references)
    case .chrf: CHRF(wordOrder: 0).counts(of: prediction, references: references)
    case .chrfWithWords: CHRF(wordOrder: 2).counts(of: prediction, references: references)
    case .ter: TER.counts(of: prediction, references: references)
    }
  }

  /// The value of counts that were added up.
  func score(of counts: [Double]) -> Double {
    switch self {
    case .bleu: BLEU.score(of: counts)
    case .chrf: CHRF(wordOrder: 0).score(of: counts)
    case .chrfWithWords: CHRF(wordOrder: 2).score(of: counts)
    case .ter: TER.score(of: counts)
    }
  }

  /// The counts of each text against its references.
  ///
  /// As in lm-eval, only as many references of each count as the text with the fewest has.
  func counts(of predictions: [String], references: [[String]]) -> [[Double]] {
    let fewest = references.map(\.count).min() ?? 0
    return zip(predictions, references).map {
      counts(of: $0, references: Array($1.prefix(fewest)))
    }
  }

  /// The value of the texts at some positions, each as often as it is named.
  ///
  /// - Parameters:
  ///   - counts: Those of all texts.
  ///   - indices: The positions, at least one.
  /// - Returns: The value, from 0 to 100 but for ``ter``.
  func score(of counts: [[Double]], at indices: some Sequence<Int>) -> Double {
    var sum = [Double](repeating: 0, count: counts.first?.count ?? 0)
    for index in indices {
      for place in sum.indices { sum[place] += counts[index][place] }
    }
    return score(of: sum)
  }

  /// The value of texts against their references.
  func score(of predictions: [String], references: [[String]]) -> Double {
    let counts = counts(of: predictions, references: references)
    return score(of: counts, at: counts.indices)
  }
}
