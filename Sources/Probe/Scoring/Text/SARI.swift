import Templates

/// SARI (Xu and others, 2016), which says how well a text was made simpler: what was rightly kept,
/// removed and added.
///
/// It is the form of Hugging Face's `evaluate`: a value for each sentence, whose mean is the value
/// of a data set; texts in lower case with tokens of `13a`; nothing to do is 1, not 0; of removed
/// words only the precision counts.
enum SARI {
  private static let order = 4

  /// The value of a sentence, from 0 to 1 (`evaluate` prints a hundred times the mean).
  ///
  /// - Parameters:
  ///   - prediction: The simplified text.
  ///   - source: The text that was to be simplified.
  ///   - references: Simple texts that people wrote; at least one.
  /// - Returns: The mean over n-grams of what was kept, removed and added.
  static func score(of prediction: String, source: String, references: [String]) -> Double {
    var table = TokenNumbers()
    let source = tokens(source, &table)
    let prediction = tokens(prediction, &table)
    let references = references.map { tokens($0, &table) }
    var sums = (kept: 0.0, removed: 0.0, added: 0.0)
    for length in 1...order {
      let grams = Grams(source, prediction, references, length: length)
      sums.kept += grams.kept
      sums.removed += grams.removed
      sums.added += grams.added
    }
    let count = Double(order)
    return (sums.kept / count + sums.removed / count + sums.added / count) / 3
  }

  private static func tokens(_ text: String, _ table: inout TokenNumbers) -> [Int] {
    let tokens = MtevalTokenizer.tokens(PythonString.lowercased(text))
    // An empty text is one empty word in Python's split at blanks.
    return table.numbers(of: tokens.isEmpty ? [""] : tokens)
  }

  /// The runs of one length, each count of the source and of the prediction taken once for each
  /// reference.
  private struct Grams {
    private typealias Counts = [ArraySlice<Int>: Int]

    /// The runs of the source in the order of their first places: sums must have an order.
    private let order: [ArraySlice<Int>]
    private let source: Counts
    private let prediction: Counts
    private let references: Counts

    init(_ source: [Int], _ prediction: [Int], _ references: [[Int]], length: Int) {
      func counts(_ tokens: [Int]) -> Counts {
        GramCounts(tokens, length: length).counts.mapValues { $0 * references.count }
      }
      self.source = counts(source)
      self.prediction = counts(prediction)
      self.references = references.reduce(into: [:]) {
        $0.merge(GramCounts($1, length: length).counts, uniquingKeysWith: +)
      }
      let starts = source.count >= length ? 0...(source.count - length) : nil
      var seen: Set<ArraySlice<Int>> = []
      order = (starts.map(Array.init) ?? []).map { source[$0..<$0 + length] }
        .filter { seen.insert($0).inserted }
    }

    var kept: Double {
      var (kept, keepable, good) = (0, 0, 0)
      var wanted = 0
      var shares = 0.0
      for gram in order {
        let inSource = source[gram] ?? 0
        let inReferences = min(inSource, references[gram] ?? 0)
        let inBoth = min(inSource, prediction[gram] ?? 0)
        if inReferences > 0 { keepable += 1 }
        wanted += inReferences
        guard inBoth > 0 else { continue }
        kept += 1
        let right = min(inBoth, references[gram] ?? 0)
        good += right
        shares += Double(right) / Double(inBoth)
      }
      let precision = kept > 0 ? shares / Double(kept) : 1
      let recall = keepable > 0 ? Double(good) / Double(wanted) : 1
      return harmonicMean(precision, recall)
    }

    var removed: Double {
      var count = 0
      var shares = 0.0
      for gram in order {
        let gone = (source[gram] ?? 0) - (prediction[gram] ?? 0)
        guard gone > 0 else { continue }
        count += 1
        shares += Double(max(0, gone - (references[gram] ?? 0))) / Double(gone)
      }
      return count > 0 ? shares / Double(count) : 1
    }

    var added: Double {
      let new = prediction.keys.filter { source[$0] == nil }
      let wanted = references.keys.count { source[$0] == nil }
      let good = Double(new.count { references[$0] != nil })
      let precision = new.isEmpty ? 1 : good / Double(new.count)
      let recall = wanted == 0 ? 1 : good / Double(wanted)
      return harmonicMean(precision, recall)
    }

    private func harmonicMean(_ precision: Double, _ recall: Double) -> Double {
      precision > 0 || recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }
  }
}
