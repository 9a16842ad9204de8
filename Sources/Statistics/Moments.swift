/// The arithmetic mean, summed in order in f64; `nil` of no values.
public func mean(_ values: [Double]) -> Double? {
  guard !values.isEmpty else { return nil }
  return values.reduce(0, +) / Double(values.count)
}

/// The sample standard deviation, with `count - 1` in the denominator; `nil` of fewer than 2 values.
///
/// Two passes: the mean first, then the squared distances from it.
public func sampleStandardDeviation(_ values: [Double]) -> Double? {
  guard values.count > 1, let center = mean(values) else { return nil }
  let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
  return (squares / Double(values.count - 1)).squareRoot()
}
