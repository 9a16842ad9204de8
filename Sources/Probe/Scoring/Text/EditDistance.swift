/// The fewest words that must be inserted, removed or replaced to make a reference of a text, and
/// which stand where; only cells near the diagonal are looked at, as sacrebleu's TER does.
struct EditDistance {
  private static let beam = 25
  private static let unreachable = Int(1e16)

  private enum Step { case keep, replace, remove, insert, none }

  private struct Cell {
    var cost: Int
    var step: Step
  }

  /// Which word of the text stands for each of the reference, and which stand wrong.
  struct Alignment {
    /// For each position of the reference that of the text, -1 before its start.
    var positions: [Int] = []
    /// Whether each word of the text is not the reference's.
    var wordIsWrong: [Bool] = []
    /// Whether each word of the reference is not the text's.
    var referenceIsWrong: [Bool] = []
  }

  /// The text, as numbers of words.
  let words: [Int]
  /// The reference, as numbers of words.
  let reference: [Int]
  private let rows: [[Cell]]

  /// Compares a text with a reference.
  init(_ words: [Int], to reference: [Int]) {
    self.words = words
    self.reference = reference
    let first = (0...reference.count).map { Cell(cost: $0, step: .insert) }
    rows = Self.rows(words, reference, after: [first])
  }

  /// How many edits it takes.
  var cost: Int { rows[words.count][reference.count].cost }

  /// How many edits it takes from other words, of which there are as many.
  func cost(of other: [Int]) -> Int {
    let same = zip(words, other).prefix { $0 == $1 }.count
    // The last row is wider than the others and fits only the same words.
    let rows = Self.rows(other, reference, after: Array(rows.prefix(same + 1)))
    return rows[words.count][reference.count].cost
  }

  private static func rows(_ words: [Int], _ reference: [Int], after known: [[Cell]]) -> [[Cell]] {
    var rows = known
    let ratio = words.isEmpty ? 1 : Double(reference.count) / Double(words.count)
    let beam =
      Double(Self.beam) < ratio / 2 ? Int((ratio / 2 + Double(Self.beam)).rounded(.up)) : Self.beam
    for i in known.count..<max(known.count, words.count + 1) {
      let diagonal = Int((Double(i) * ratio).rounded(.down))
      let low = max(0, diagonal - beam)
      let high =
        i == words.count
        ? reference.count + 1 : min(reference.count + 1, diagonal + beam)
      var row = [Cell](
        repeating: Cell(cost: unreachable, step: .none), count: reference.count + 1)
      for j in low..<max(low, high) {
        let above = rows[i - 1]
        guard j > 0 else {
          row[0] = Cell(cost: above[0].cost + 1, step: .remove)
          continue
        }
        let isSame = words[i - 1] == reference[j - 1]
        let steps = [
          Cell(cost: above[j - 1].cost + (isSame ? 0 : 1), step: isSame ? .keep : .replace),
          Cell(cost: above[j].cost + 1, step: .remove),
          Cell(cost: row[j - 1].cost + 1, step: .insert),
        ]
        for step in steps where step.cost < row[j].cost { row[j] = step }
      }
      rows.append(row)
    }
    return rows
  }

  /// Which words stand for each other, on the way of fewest edits.
  var alignment: Alignment {
    var alignment = Alignment()
    var position = -1
    for step in steps {
      switch step {
      case .keep, .replace:
        position += 1
        alignment.positions.append(position)
        alignment.wordIsWrong.append(step == .replace)
        alignment.referenceIsWrong.append(step == .replace)
      case .remove:
        position += 1
        alignment.wordIsWrong.append(true)
      case .insert:
        alignment.positions.append(position)
        alignment.referenceIsWrong.append(true)
      case .none: break
      }
    }
    return alignment
  }

  private var steps: [Step] {
    var steps: [Step] = []
    var (i, j) = (words.count, reference.count)
    while i > 0 || j > 0 {
      let step = rows[i][j].step
      steps.append(step)
      switch step {
      case .keep, .replace: (i, j) = (i - 1, j - 1)
      case .insert: j -= 1
      case .remove: i -= 1
      case .none: preconditionFailure("the beam covers the end of the row before")
      }
    }
    return steps.reversed()
  }
}
