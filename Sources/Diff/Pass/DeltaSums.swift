/// What pairs of elements have summed up to; the sums of parts add up to those of the whole.
struct DeltaSums: Sendable, Equatable {
  var elementCount = 0
  var baseSquares = 0.0
  var otherSquares = 0.0
  var deltaSquares = 0.0
  var products = 0.0
  var deltas = 0.0
  var maxAbs = 0.0
  /// Where the largest delta is in the tensor; `nil` when all are zero, and for several tensors.
  var maxAbsIndex: Int?
  var identicalCount = 0
  var unchangedCount = 0
  var signFlipCount = 0
  var nonFiniteCount = 0
  /// Σ step² of the base's values, step the distance of a value to the next that its storage could
  /// hold there; `nil` where that is not known.
  var baseStepSquares: Double? = 0
  /// The same of the other's values.
  var otherStepSquares: Double? = 0
  /// Why a step is not known, for the first values of which it is not.
  var reasonWithoutSteps: String?

  /// Adds the elements that follow in the same tensor.
  mutating func append(_ next: DeltaSums) {
    if next.maxAbs > maxAbs {
      maxAbsIndex = next.maxAbsIndex.map { elementCount + $0 }
    }
    addValues(of: next)
  }

  /// Adds another tensor; an index has no meaning for two.
  mutating func add(tensor: DeltaSums) {
    maxAbsIndex = nil
    addValues(of: tensor)
  }

  private mutating func addValues(of next: DeltaSums) {
    elementCount += next.elementCount
    baseSquares += next.baseSquares
    otherSquares += next.otherSquares
    deltaSquares += next.deltaSquares
    products += next.products
    deltas += next.deltas
    maxAbs = max(maxAbs, next.maxAbs)
    identicalCount += next.identicalCount
    unchangedCount += next.unchangedCount
    signFlipCount += next.signFlipCount
    nonFiniteCount += next.nonFiniteCount
    baseStepSquares = Self.sum(baseStepSquares, next.baseStepSquares)
    otherStepSquares = Self.sum(otherStepSquares, next.otherStepSquares)
    reasonWithoutSteps = reasonWithoutSteps ?? next.reasonWithoutSteps
  }

  /// What is known of both parts; `nil` if it is not of one.
  private static func sum(_ part: Double?, _ next: Double?) -> Double? {
    guard let part, let next else { return nil }
    return part + next
  }
}

/// What triples of elements, three checkpoints in a row, have summed up to.
struct TurnSums: Sendable, Equatable {
  var beforeSquares = 0.0
  var afterSquares = 0.0
  var products = 0.0
  /// How many elements both updates moved.
  var movedCount = 0
  /// How many of these they moved in opposite directions.
  var conflictCount = 0

  mutating func add(_ next: TurnSums) {
    beforeSquares += next.beforeSquares
    afterSquares += next.afterSquares
    products += next.products
    movedCount += next.movedCount
    conflictCount += next.conflictCount
  }

  /// The cosine between the two updates; `nil` where one of them is zero or not finite.
  var cosine: Double? { Self.cosine(products, beforeSquares, afterSquares) }

  /// The cosine of two vectors; `nil` where a norm is zero or not finite.
  ///
  /// The root of the product, not the product of roots, makes it exactly 1 for equal vectors.
  static func cosine(_ product: Double, _ squares: Double, _ otherSquares: Double) -> Double? {
    let norms = (squares * otherSquares).squareRoot()
    guard norms > 0, (product / norms).isFinite else { return nil }
    return min(1, max(-1, product / norms))
  }
}
