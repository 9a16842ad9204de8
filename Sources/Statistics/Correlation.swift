/// How two series of paired values are said to go together.
public enum CorrelationKind: String, Sendable, CaseIterable {
  /// Linear: the cosine of the two centred vectors.
  case pearson
  /// Monotone: Pearson's of the ranks.
  case spearman
}

/// A correlation coefficient of paired values.
///
/// - Parameters:
///   - kind: Pearson's or Spearman's.
///   - x: The first value of each pair.
///   - y: The second value of each pair, as many as `x`.
/// - Returns: A value in -1...1, or `nil` where none exists: fewer than 2 pairs, a constant series,
///   or a value that is not finite.
public func correlation(_ kind: CorrelationKind, _ x: [Double], _ y: [Double]) -> Double? {
  precondition(x.count == y.count, "a correlation needs pairs")
  guard (x + y).allSatisfy(\.isFinite) else { return nil }
  guard let u = unitVector(kind, x), let v = unitVector(kind, y) else { return nil }
  return dot(u, v)
}

/// Pearson's correlation; see ``correlation(_:_:_:)``.
public func pearson(_ x: [Double], _ y: [Double]) -> Double? {
  correlation(.pearson, x, y)
}

/// Spearman's correlation, with average ranks for ties; see ``correlation(_:_:_:)``.
public func spearman(_ x: [Double], _ y: [Double]) -> Double? {
  correlation(.spearman, x, y)
}

/// The rank of each value, from 1; equal values share the average of their ranks.
public func averageRanks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    // Ranks start + 1 through end; their mean is half the sum of the two ends.
    for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
    start = end
  }
  return ranks
}

/// The series (or its ranks) centred and of length 1, so that a correlation is a dot product; `nil`
/// of a constant series.
func unitVector(_ kind: CorrelationKind, _ values: [Double]) -> [Double]? {
  let series =
    switch kind {
    case .pearson: values
    case .spearman: averageRanks(values)
    }
  guard series.count > 1, let low = series.min(), let high = series.max(), low < high,
    let center = mean(series)
  else { return nil }
  // Divided by the span first, so that squares neither overflow nor vanish.
  let span = high - low
  guard span.isFinite else { return nil }
  let centred = series.map { ($0 - center) / span }
  let length = dotProduct(centred, centred).squareRoot()
  return centred.map { $0 / length }
}

/// The dot product of two unit vectors, kept within -1...1.
func dot(_ u: [Double], _ v: [Double]) -> Double {
  min(1, max(-1, dotProduct(u, v)))
}

private func dotProduct(_ u: [Double], _ v: [Double]) -> Double {
  var sum = 0.0
  for index in u.indices { sum += u[index] * v[index] }
  return sum
}
