/// How far a set of parameters moved from a base to another checkpoint.
///
/// With *b* and *o* the decoded values of the same parameter in base and other, and *n* their
/// count. Values are decoded to 32-bit floats, F64 and integers of 32 and 64 bits to 64-bit floats;
/// differences, products and sums are 64-bit, in an order that depends on nothing but the shape, so
/// that the result is the same bits for every thread count, format and instruction set.
///
/// A NaN or an infinity in a tensor makes the sums that contain it undefined: those are NaN or
/// infinite here and `null` in documents, and ``nonFiniteCount`` says how many there are.
public struct DeltaMetrics: Sendable, Equatable {
  /// How many parameters were compared, *n*.
  public var elementCount: Int
  /// The Euclidean norm of the base, √Σ b².
  public var l2Base: Double
  /// The Euclidean norm of the other, √Σ o².
  public var l2Other: Double
  /// The Euclidean norm of the delta, √Σ (o − b)².
  public var l2Delta: Double
  /// ``l2Delta`` / ``l2Base``; `nil` where the base is all zero or a norm is not finite.
  public var relativeL2: Double?
  /// Σ b·o / (‖b‖·‖o‖); `nil` where a norm is zero or not finite.
  public var cosine: Double?
  /// The largest |o − b|; pairs with a NaN are passed over.
  public var maxAbs: Double
  /// Where the largest |o − b| is first: an index into the flattened tensor in logical row order.
  ///
  /// `nil` where all deltas are zero, and for a group of tensors.
  public var maxAbsIndex: Int?
  /// The mean delta, Σ (o − b) / n; 0 for no elements.
  public var meanDelta: Double
  /// The root mean square delta, √(Σ (o − b)² / n); 0 for no elements.
  public var rmsDelta: Double
  /// The fraction of parameters with the same value in both; 1 for no elements.
  ///
  /// Zeros of either sign have the same value; a NaN equals only the same NaN. Integers of 64 bits
  /// are not rounded for this, so a tensor may differ although every delta is zero.
  public var identicalFraction: Double
  /// The fraction of parameters with |o − b| ≤ 10⁻⁵, the tolerance of arXiv 2505.11711; 1 for no
  /// elements.
  public var unchangedFraction: Double
  /// The fraction of parameters that are above zero in one and below in the other.
  public var signFlipFraction: Double
  /// How many pairs hold a NaN or an infinity on either side.
  public var nonFiniteCount: Int
  /// The ``l2Delta`` that rounding alone would give, √((Σ step²(b) + Σ step²(o)) / 12).
  ///
  /// The step is how far apart the numbers are that the storage could hold at the value: of a float
  /// of exponent *e* 2^(max(*e*, least exponent) − bits of the mantissa), so that a zero has the step
  /// of subnormal values; of quantized values one unit of the code times the scale of its block. An
  /// error of rounding is spread evenly over one step, whose variance is step² / 12 (Bennett 1948).
  /// Values that are not finite add nothing.
  public var noiseFloor: Double?
  /// Why there is no ``noiseFloor``, such as a codebook, whose steps are not even; `nil` if there is
  /// one.
  public var noiseFloorReason: String?
  /// Quantiles of |o − b| and of |o − b| / |b|; `nil` where they were not asked for.
  public var quantiles: DeltaQuantiles?
  /// Whether every parameter has the same value in both.
  public var isIdentical: Bool
}

extension DeltaMetrics {
  init(_ sums: DeltaSums) {
    let count = Double(max(1, sums.elementCount))
    elementCount = sums.elementCount
    l2Base = sums.baseSquares.squareRoot()
    l2Other = sums.otherSquares.squareRoot()
    l2Delta = sums.deltaSquares.squareRoot()
    let relative = l2Delta / l2Base
    relativeL2 = l2Base > 0 && relative.isFinite && l2Base.isFinite ? relative : nil
    cosine = TurnSums.cosine(sums.products, sums.baseSquares, sums.otherSquares)
    maxAbs = sums.maxAbs
    maxAbsIndex = sums.maxAbsIndex
    meanDelta = sums.deltas / count
    rmsDelta = (sums.deltaSquares / count).squareRoot()
    isIdentical = sums.identicalCount == sums.elementCount
    identicalFraction = sums.elementCount == 0 ? 1 : Double(sums.identicalCount) / count
    unchangedFraction = sums.elementCount == 0 ? 1 : Double(sums.unchangedCount) / count
    signFlipFraction = Double(sums.signFlipCount) / count
    nonFiniteCount = sums.nonFiniteCount
    noiseFloor = sums.noiseFloor
    noiseFloorReason = noiseFloor == nil ? sums.reasonWithoutSteps ?? "a step is not known" : nil
  }

  init(_ sums: PairSums) {
    self.init(sums.delta)
    quantiles = sums.sketch.map(DeltaQuantiles.init)
  }
}

extension DeltaSums {
  /// The norm of the delta that rounding alone would give; `nil` where a step is not known.
  fileprivate var noiseFloor: Double? {
    guard let baseStepSquares, let otherStepSquares else { return nil }
    return ((baseStepSquares + otherStepSquares) / 12).squareRoot()
  }
}
