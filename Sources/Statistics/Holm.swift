/// P-values corrected for how many were looked at, so that the chance of even one false alarm among
/// them stays below the level they are compared with.
///
/// Holm's step-down method (1979): the smallest is multiplied by their count, the next by one less
/// and so on; none becomes smaller than one before it, and none exceeds 1.
///
/// - Parameter pValues: The p-values, in any order.
/// - Returns: The corrected values, in the same order.
public func holmAdjusted(_ pValues: [Double]) -> [Double] {
  var adjusted = pValues
  var floor = 0.0
  let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
  for (rank, index) in order.enumerated() {
    floor = max(floor, min(1, pValues[index] * Double(pValues.count - rank)))
    adjusted[index] = floor
  }
  return adjusted
}
