import Formats

/// What became of one tensor.
struct TensorChange {
  /// How far it changed.
  enum Extent {
    /// Every value is the same.
    case none
    /// No value differs by more than its storage in another type makes.
    case rounding
    /// Something was done to it.
    case moved
  }

  var pair: Pairing.Pair
  var metrics: DeltaMetrics
  var extent: Extent

  /// Whether it has rows and columns; norms and biases have not.
  var isMatrix: Bool { pair.shape.count >= 2 }
  /// Its layer; `nil` outside the layers.
  var layer: LayerKey? { pair.key.layerKey }
  var component: Role.Component? { pair.key.role?.component }

  /// Whether a small update can have been lost when the values were stored.
  var isCoarse: Bool {
    [pair.base.dtype, pair.other.dtype].contains { $0 != .f32 && $0 != .f64 }
  }
}

/// Tells rounding from changes.
struct RoundingJudge {
  let base: any TensorSource
  let other: any TensorSource

  /// How many values of two plain floats are looked at.
  private static let sampleCount = 2048
  /// How many times the noise floor a delta may reach.
  private static let floorLimit = 2.0
  /// How far rounding to the nearest may go, in steps, and what is lost in the arithmetic.
  private static let nearest = 0.5 + 1e-6

  /// What became of a pair.
  ///
  /// A tensor that both store in the same type was never rounded from one to the other.
  func extent(of pair: Pairing.Pair, _ metrics: DeltaMetrics) throws -> TensorChange.Extent {
    if metrics.isIdentical { return .none }
    guard pair.base.dtype != pair.other.dtype, let floor = metrics.noiseFloor,
      metrics.l2Delta < Self.floorLimit * floor
    else { return .moved }
    guard let index = metrics.maxAbsIndex else { return .rounding }
    let steps = try [(base, pair.base), (other, pair.other)].map { source, tensor in
      try step(of: tensor, in: source, at: index)
    }
    let coarser = steps[0] > steps[1] ? pair.base.dtype : pair.other.dtype
    guard metrics.maxAbs <= Self.stepLimit(of: coarser) * (steps[0] + steps[1]) else {
      return .moved
    }
    return try hasMovedSample(pair) ? .moved : .rounding
  }

  private func step(
    of tensor: TensorInfo, in source: any TensorSource, at index: Int
  ) throws -> Double {
    guard
      case .squares(let squares) = try source.roundingSteps(of: tensor, elements: index..<index + 1)
    else { return 0 }
    return squares.squareRoot()
  }

  /// How many steps a value may lie from what it was rounded to.
  ///
  /// Floats are rounded to the nearest. Blocks of codes clip their ends, and the scales of groups of
  /// codes are rounded themselves.
  private static func stepLimit(of dtype: DType) -> Double {
    switch dtype {
    case _ where dtype.floatFormat != nil: nearest
    case .q8_0, .q8_1, .q8_K: 0.55
    case .q4_0, .q4_1, .q5_0, .q5_1: 1.1
    default: 4
    }
  }

  /// Whether some values of two float types lie further apart than rounding to the nearest goes.
  private func hasMovedSample(_ pair: Pairing.Pair) throws -> Bool {
    guard let format = pair.base.dtype.floatFormat, let otherFormat = pair.other.dtype.floatFormat,
      pair.base.layout.valueOffset == 0, pair.other.layout.valueOffset == 0
    else { return false }
    let start = max(0, pair.elementCount / 2 - Self.sampleCount / 2)
    let sample = start..<min(pair.elementCount, start + Self.sampleCount)
    let values = try base.values(of: pair.base, elements: sample)
    let others = try other.values(of: pair.other, elements: sample)
    return zip(values, others).contains { value, other in
      let reach = format.step(at: value) + otherFormat.step(at: other)
      return abs(Double(other) - Double(value)) > Self.nearest * reach
    }
  }
}
