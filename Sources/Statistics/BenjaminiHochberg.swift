/// P-values as q-values: if all whose q-value is at most a level are taken for real, the expected
/// share of false alarms among them is at most that level.
///
/// Benjamini and Hochberg's step-up method (1995): the largest stays as it is, the one before it is
/// multiplied by their count divided by its rank and so on; none becomes larger than one behind it.
///
/// - Parameter pValues: The p-values, in any order.
/// - Returns: The q-values, in the same order.
public func benjaminiHochbergAdjusted(_ pValues: [Double]) -> [Double] {
  var adjusted = pValues
  var ceiling = 1.0
  let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
  for (rank, index) in order.enumerated().reversed() {
    ceiling = min(ceiling, pValues[index] * Double(pValues.count) / Double(rank + 1))
    adjusted[index] = ceiling
  }
  return adjusted
}
