import Foundation
import Templates

/// BLEU (Papineni and others, 2002) as sacrebleu's `corpus_bleu` computes it without options.
enum BLEU {
  private static let order = 4

  /// Lengths of prediction and nearest reference, then matches and n-grams of each length.
  static func counts(of prediction: String, references: [String]) -> [Double] {
    var table = TokenNumbers()
    let tokens = numbers(prediction, &table)
    let others = references.map { numbers($0, &table) }
    var matches: [Double] = []
    var totals: [Double] = []
    for length in 1...order {
      let found = GramCounts(tokens, length: length)
      var wanted = GramCounts([], length: length)
      for other in others { wanted.formUnion(GramCounts(other, length: length)) }
      matches.append(Double(found.shared(with: wanted)))
      totals.append(Double(max(0, tokens.count - length + 1)))
    }
    let nearest = others.map(\.count).min { left, right in
      (abs(left - tokens.count), left) < (abs(right - tokens.count), right)
    }
    return [Double(tokens.count), Double(nearest ?? 0)] + matches + totals
  }

  /// The value of added counts, from 0 to 100.
  static func score(of counts: [Double]) -> Double {
    let (length, wanted) = (counts[0], counts[1])
    let matches = counts[2..<2 + order]
    let totals = counts[(2 + order)...]
    guard matches.contains(where: { $0 != 0 }) else { return 0 }
    var smoothing = 1.0
    var logarithms = 0.0
    var isAtEnd = false
    for (match, total) in zip(matches, totals) {
      if total == 0 { isAtEnd = true }
      if isAtEnd {
        // What sacrebleu takes for the logarithm of 0.
        logarithms += -9_999_999_999
      } else if match == 0 {
        smoothing *= 2
        logarithms += log(100 / (smoothing * total))
      } else {
        logarithms += log(100 * match / total)
      }
    }
    let brevity = length < wanted ? exp(1 - wanted / length) : 1
    return brevity * exp(logarithms / Double(order))
  }

  private static func numbers(_ text: String, _ table: inout TokenNumbers) -> [Int] {
    table.numbers(of: MtevalTokenizer.tokens(PythonString.strip(text, .trailing)))
  }
}
