/// How far apart the numbers are that a stored tensor could hold at its values.
///
/// A value that was rounded to the nearest of such numbers, a step *s* apart, is off by at most s/2
/// and, spread evenly, by √(s²/12) in the root mean square.
public enum RoundingSteps: Sendable, Equatable {
  /// The sum of the squared steps of all elements. Those whose scale is no finite number count zero.
  case squares(Double)
  /// There is no step, and why, such as "IQ4_NL rounds to a codebook".
  case unknown(reason: String)

  /// The steps of two runs of elements together.
  public static func + (first: RoundingSteps, second: RoundingSteps) -> RoundingSteps {
    guard case .squares(let squares) = first else { return first }
    guard case .squares(let others) = second else { return second }
    return .squares(squares + others)
  }
}

extension TensorSource {
  /// The steps of a whole tensor, see ``roundingSteps(of:elements:)``.
  public func roundingSteps(of tensor: TensorInfo) throws -> RoundingSteps {
    try roundingSteps(of: tensor, elements: 0..<tensor.elementCount)
  }

  /// The steps of elements that are stored one by one, or in blocks with their scales in them.
  public func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    if let grid = BlockGrid(tensor.dtype) {
      return try blockSteps(of: tensor, elements: elements, grid)
    }
    guard let format = tensor.dtype.floatFormat else {
      return .unknown(reason: tensor.dtype.reasonWithoutSteps)
    }
    guard tensor.scales.isEmpty else {
      return .unknown(reason: "\(tensor.dtype) is scaled by another tensor")
    }
    return .squares(try floatSteps(of: tensor, elements: elements, format))
  }

  private func blockSteps(
    of tensor: TensorInfo, elements: Range<Int>, _ grid: BlockGrid
  ) throws -> RoundingSteps {
    let squares = try withStoredBytes(of: tensor, order: .stored) { bytes in
      var squares = 0.0
      tensor.forEachStoredRun(of: elements, order: .logical) { run, _ in
        squares += tensor.scaledSquares(of: run) { grid.squares(bytes, elements: $0) }
      }
      return squares
    }
    return squares.map(RoundingSteps.squares)
      ?? .unknown(reason: "the blocks of \(tensor.dtype) do not lie as they are read")
  }

  private func floatSteps(
    of tensor: TensorInfo, elements: Range<Int>, _ format: FloatFormat
  ) throws -> Double {
    // What was added to a value before it was stored has a part in its step.
    guard tensor.layout.valueOffset != 0 else {
      return try floatSteps(of: tensor, elements: elements, order: .logical, format)
    }
    var runs: [Range<Int>] = []
    tensor.forEachStoredRun(of: elements, order: .logical) { run, _ in runs.append(run) }
    return try runs.reduce(0) { squares, run in
      squares + (try floatSteps(of: tensor, elements: run, order: .stored, format))
    }
  }

  private func floatSteps(
    of tensor: TensorInfo, elements: Range<Int>, order: RowOrder, _ format: FloatFormat
  ) throws -> Double {
    var squares = 0.0
    for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 1 << 14) {
      let strip = start..<min(elements.upperBound, start + 1 << 14)
      for value in try values(of: tensor, elements: strip, order: order) {
        guard value.isFinite else { continue }
        let step = format.step(at: value)
        squares += step * step
      }
    }
    return squares
  }
}

extension TensorInfo {
  /// What a closure sums up over stored elements, each part times the square of its factor.
  fileprivate func scaledSquares(of run: Range<Int>, _ squares: (Range<Int>) -> Double) -> Double {
    guard !scales.isEmpty else { return squares(run) }
    let stretch = elementCount / scales.count
    return scales.enumerated().reduce(0) { sum, scale in
      let part = run.clamped(to: scale.offset * stretch..<(scale.offset + 1) * stretch)
      return part.isEmpty ? sum : sum + squares(part) * Double(scale.element * scale.element)
    }
  }
}

extension DType {
  /// Why values of the type have no steps.
  fileprivate var reasonWithoutSteps: String {
    switch self {
    case .bool, .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64: "\(self) values are not rounded"
    case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq3_xxs, .iq3_s, .iq4_nl, .iq4_xs:
      "\(self) rounds to a codebook"
    default: "the steps of \(self) are not known"
    }
  }
}
