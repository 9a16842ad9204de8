import Templates

/// ROUGE (Lin 2004) as `rouge_score` 0.1.2 computes it with its own tokenizer.
enum ROUGE {
  /// What is counted.
  enum Kind: String, CaseIterable, Sendable {
    /// Single words.
    case rouge1
    /// Pairs of words.
    case rouge2
    /// The longest common subsequence of the whole texts.
    case rougeL
    /// Longest common subsequences of each line of the reference with all lines of the prediction.
    case rougeLsum
  }

  /// How a prediction fits a reference, from 0 to 1.
  struct Score: Equatable, Sendable {
    /// The share of the prediction that is in the reference.
    let precision: Double
    /// The share of the reference that is in the prediction.
    let recall: Double

    /// The harmonic mean of the two.
    var fMeasure: Double {
      precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }

    /// A score from what is shared and what there is.
    fileprivate init(shared: Int, prediction: Int, reference: Int) {
      precision = Double(shared) / Double(max(prediction, 1))
      recall = Double(shared) / Double(max(reference, 1))
    }
  }

  /// Compares a prediction with a reference; with `stemming`, words of more than three letters are
  /// cut to their stems.
  static func score(
    _ kind: Kind, prediction: String, reference: String, stemming: Bool = false
  ) -> Score {
    var table = TokenNumbers()
    func tokens(_ text: some StringProtocol) -> [Int] {
      table.numbers(of: words(text, stemming: stemming))
    }
    switch kind {
    case .rouge1: return grams(1, tokens(prediction), tokens(reference))
    case .rouge2: return grams(2, tokens(prediction), tokens(reference))
    case .rougeL: return subsequence(tokens(prediction), tokens(reference))
    case .rougeLsum:
      return summary(lines(prediction).map(tokens), lines(reference).map(tokens))
    }
  }

  /// Compares a prediction with one or several references: the score of the best, of equals the
  /// first.
  static func score(
    _ kind: Kind, prediction: String, references: [String], stemming: Bool = false
  ) -> Score {
    let scores = references.map {
      score(kind, prediction: prediction, reference: $0, stemming: stemming)
    }
    return scores.dropFirst().reduce(scores[0]) { $1.fMeasure > $0.fMeasure ? $1 : $0 }
  }

  /// The runs of letters and digits of ASCII, in lower case.
  private static func words(_ text: some StringProtocol, stemming: Bool) -> [String] {
    PythonString.lowercased(text).utf8
      .split { !(0x61...0x7A).contains($0) && !(0x30...0x39).contains($0) }
      .map { String(Substring($0)) }
      .map { stemming && $0.utf8.count > 3 ? PorterStemmer.stem($0) : $0 }
  }

  private static func lines(_ text: String) -> [Substring] {
    text.unicodeScalars.split(separator: "\n").map(Substring.init)
  }

  private static func grams(_ length: Int, _ prediction: [Int], _ reference: [Int]) -> Score {
    let found = GramCounts(prediction, length: length)
    let wanted = GramCounts(reference, length: length)
    return Score(
      shared: found.shared(with: wanted), prediction: found.total, reference: wanted.total)
  }

  private static func subsequence(_ prediction: [Int], _ reference: [Int]) -> Score {
    let shared = subsequencePositions(of: reference, in: prediction).count
    return Score(shared: shared, prediction: prediction.count, reference: reference.count)
  }

  private static func summary(_ prediction: [[Int]], _ reference: [[Int]]) -> Score {
    var left = prediction.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var wanted = reference.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var shared = 0
    for line in reference {
      let positions = prediction.reduce(into: Set<Int>()) {
        $0.formUnion(subsequencePositions(of: line, in: $1))
      }
      for position in positions.sorted() {
        // No word counts more often than either text has it.
        let word = line[position]
        guard left[word, default: 0] > 0, wanted[word, default: 0] > 0 else { continue }
        shared += 1
        left[word, default: 0] -= 1
        wanted[word, default: 0] -= 1
      }
    }
    return Score(
      shared: shared, prediction: prediction.joined().count, reference: reference.joined().count)
  }

  /// The positions in a reference of one of its longest common subsequences with a prediction.
  private static func subsequencePositions(of reference: [Int], in prediction: [Int]) -> [Int] {
    var lengths = [[Int]](
      repeating: [Int](repeating: 0, count: prediction.count + 1), count: reference.count + 1)
    for i in reference.indices {
      for j in prediction.indices {
        lengths[i + 1][j + 1] =
          reference[i] == prediction[j]
          ? lengths[i][j] + 1 : max(lengths[i][j + 1], lengths[i + 1][j])
      }
    }
    var positions: [Int] = []
    var (i, j) = (reference.count, prediction.count)
    while i > 0, j > 0 {
      if reference[i - 1] == prediction[j - 1] {
        positions.append(i - 1)
        (i, j) = (i - 1, j - 1)
      } else if lengths[i][j - 1] > lengths[i - 1][j] {
        j -= 1
      } else {
        i -= 1
      }
    }
    return positions.reversed()
  }
}
