/// The right and the chosen class of each item, for metrics that are not means over items.
///
/// The values are those of scikit-learn's `f1_score` and `matthews_corrcoef`.
struct ClassPairs: Sendable {
  /// Each item's place in the table of right against chosen classes.
  private let cells: [Int]
  private let labels: [Int]

  /// Takes the pairs in the order of the items.
  init(_ pairs: [(gold: Int, prediction: Int)]) {
    let labels = Set(pairs.flatMap { [$0.gold, $0.prediction] }).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    cells = pairs.map { (places[$0.gold] ?? 0) * labels.count + (places[$0.prediction] ?? 0) }
    self.labels = labels
  }

  /// Whether ``f1(at:)`` exists: the classes are 0 and 1, or there is only one.
  var isBinary: Bool { labels.count < 2 || labels == [0, 1] }

  /// How often each right class met each chosen class among items at some positions.
  private func table(at indices: some Sequence<Int>) -> [Int] {
    var table = [Int](repeating: 0, count: labels.count * labels.count)
    for index in indices { table[cells[index]] += 1 }
    return table
  }

  /// F1 of class 1: twice what was found of it, divided by what is of it and what was called it; of
  /// items at some positions.
  func f1(at indices: some Sequence<Int>) -> Double {
    guard let one = labels.firstIndex(of: 1) else { return 0 }
    let table = table(at: indices)
    let found = table[one * labels.count + one]
    let gold = labels.indices.reduce(0) { $0 + table[one * labels.count + $1] }
    let called = labels.indices.reduce(0) { $0 + table[$1 * labels.count + one] }
    return gold + called > 0 ? 2 * Double(found) / Double(gold + called) : 0
  }

  /// F1 of class 1 over all items.
  var f1: Double { f1(at: cells.indices) }

  /// Matthews' correlation of right and chosen classes, 0 where either is always the same; of items
  /// at some positions.
  func matthewsCorrelation(at indices: some Sequence<Int>) -> Double {
    let table = table(at: indices)
    let gold = labels.indices.map { row in
      labels.indices.reduce(0.0) { $0 + Double(table[row * labels.count + $1]) }
    }
    let called = labels.indices.map { column in
      labels.indices.reduce(0.0) { $0 + Double(table[$1 * labels.count + column]) }
    }
    let right = labels.indices.reduce(0.0) { $0 + Double(table[$1 * labels.count + $1]) }
    let count = called.reduce(0, +)
    let covariance = right * count - product(gold, called)
    let spread = (count * count - product(called, called)) * (count * count - product(gold, gold))
    return spread == 0 ? 0 : covariance / spread.squareRoot()
  }

  /// Matthews' correlation over all items.
  var matthewsCorrelation: Double { matthewsCorrelation(at: cells.indices) }

  private func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
