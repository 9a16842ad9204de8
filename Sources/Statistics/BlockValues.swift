/// One side of the pairs of a block, centred: the values themselves or their ranks within the block.
public struct BlockValues: Sendable {
  /// The distance from the centre at each place of the block; 0 where there is no pair.
  let deviations: [Double]
  /// The sum of the squares of ``deviations``.
  let square: Double
  /// For each draw of the places, the distance of each from the draw's own centre.
  let drawn: [Double]
  /// For each draw, the sum of the squares.
  let drawnSquares: [Double]

  /// Whether the values differ at all.
  public var varies: Bool { square > 0 }

  /// Centres values.
  ///
  /// - Parameters:
  ///   - kind: Whether the values or their ranks.
  ///   - values: A value for each place of the block; those of the design's places exist.
  ///   - design: The block.
  public init(_ kind: CorrelationKind, _ values: [Double?], _ design: BlockDesign) {
    let own = design.places.map { values[$0] ?? 0 }
    var deviations = [Double](repeating: 0, count: values.count)
    for (place, deviation) in zip(design.places, centred(kind, own)) {
      deviations[place] = deviation
    }
    self.deviations = deviations
    square = deviations.reduce(0) { $0 + $1 * $1 }
    (drawn, drawnSquares) =
      design.resamples.map { Self.drawn(kind, own, $0) } ?? (drawn: [], squares: [])
  }

  private static func drawn(
    _ kind: CorrelationKind, _ values: [Double], _ resamples: Resamples
  ) -> (drawn: [Double], squares: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var drawn = [Double](repeating: 0, count: resamples.count * values.count)
    let squares = (0..<resamples.count).map { draw in
      let start = draw * values.count
      switch kind {
      case .pearson: centre(values, resamples.counts, &drawn, start)
      case .spearman: rank(values, order, resamples.counts, &drawn, start)
      }
      return values.indices.reduce(0.0) { sum, index in
        sum + resamples.counts[start + index] * drawn[start + index] * drawn[start + index]
      }
    }
    return (drawn: drawn, squares: squares)
  }

  /// Writes the distances of the drawn values from their mean; zeros where all are equal.
  private static func centre(
    _ values: [Double], _ counts: [Double], _ drawn: inout [Double], _ start: Int
  ) {
    var (low, high, sum) = (Double.infinity, -Double.infinity, 0.0)
    for index in values.indices where counts[start + index] > 0 {
      low = min(low, values[index])
      high = max(high, values[index])
      sum += counts[start + index] * values[index]
    }
    guard low < high else { return }
    let center = sum / Double(values.count)
    for index in values.indices { drawn[start + index] = values[index] - center }
  }

  /// Writes the distances of the drawn values' ranks from the mean rank.
  private static func rank(
    _ values: [Double], _ order: [Int], _ counts: [Double], _ drawn: inout [Double], _ start: Int
  ) {
    let center = Double(values.count + 1) / 2
    var (below, first) = (0.0, 0)
    while first < order.count {
      var (last, own) = (first, 0.0)
      while last < order.count, values[order[last]] == values[order[first]] {
        own += counts[start + order[last]]
        last += 1
      }
      for position in first..<last {
        drawn[start + order[position]] = below + (own + 1) / 2 - center
      }
      below += own
      first = last
    }
  }
}

/// The side of the pairs of a block that is rearranged.
public struct BlockTarget: Sendable {
  /// The values as they are.
  public let values: BlockValues
  /// For each order, the distance from the centre at each place; empty where every place has a pair, so
  /// that the distances only change places.
  private let rearranged: [Double]
  /// For each order, the sum of the squares.
  let squares: [Double]
  /// Whether any order has values that differ.
  public let mayVary: Bool

  /// Rearranges values.
  ///
  /// The values of all places are rearranged, those without a pair as well; what then stands at the
  /// places that have a pair is centred, or ranked and centred.
  ///
  /// - Parameters:
  ///   - kind: Whether the values or their ranks.
  ///   - values: A value for each place of the block; `nil` only at places that keep theirs.
  ///   - design: The block.
  public init(_ kind: CorrelationKind, _ values: [Double?], _ design: BlockDesign) {
    let own = BlockValues(kind, values, design)
    let all = design.rearrangements
    if design.isComplete {
      rearranged = []
      // The same values in another order: rounding must not tell them apart.
      squares = [Double](repeating: own.square, count: all.count)
    } else {
      let rows = Self.rearranged(kind, values, design)
      rearranged = rows
      squares = (0..<all.count).map { order in
        rows[order * all.length..<(order + 1) * all.length].reduce(0) { $0 + $1 * $1 }
      }
    }
    self.values = own
    mayVary = Set(values.compactMap(\.self)).count > 1
  }

  private static func rearranged(
    _ kind: CorrelationKind, _ values: [Double?], _ design: BlockDesign
  ) -> [Double] {
    let all = design.rearrangements
    var rows = [Double](repeating: 0, count: all.count * all.length)
    for start in stride(from: 0, to: rows.count, by: all.length) {
      let moved = design.places.map { values[Int(all.sources[start + $0])] ?? 0 }
      for (place, deviation) in zip(design.places, centred(kind, moved)) {
        rows[start + place] = deviation
      }
    }
    return rows
  }

  /// Σ *x y* for each order.
  func products(_ fixed: [Double]) -> [Double] {
    stride(from: 0, to: rearranged.count, by: fixed.count).map { start in
      var sum = 0.0
      for place in fixed.indices { sum += fixed[place] * rearranged[start + place] }
      return sum
    }
  }
}

/// The distances of values, or of their ranks, from their mean; zeros where all are equal.
func centred(_ kind: CorrelationKind, _ values: [Double]) -> [Double] {
  guard let low = values.min(), let high = values.max(), low < high else {
    return values.map { _ in 0 }
  }
  switch kind {
  case .pearson:
    let center = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - center }
  case .spearman:
    let center = Double(values.count + 1) / 2
    return averageRanks(values).map { $0 - center }
  }
}
