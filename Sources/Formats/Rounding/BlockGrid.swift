/// The numbers that the blocks of a quantized type can hold: multiples of the scales in them.
///
/// The step of an element is what one unit of its code is worth; of a float of four bits it is the
/// distance to the next larger magnitude, 0.5, 1 or 2 times the scale.
struct BlockGrid {
  /// Where the steps of a type come from.
  private enum Scale {
    /// One 16-bit float for the block, times a factor.
    case half(offset: Int, factor: Float)
    /// One 32-bit float for the block.
    case single
    /// Groups whose scales are small integers times a 16-bit float of the block.
    case groups(offset: Int, count: Int, factor: (RawSpan, Int, Int) -> Int)
    /// Floats of four bits in groups with scales of their own.
    case floats(count: Int, scales: [Double])
  }

  private let scale: Scale
  private let blockBytes: Int
  private let blockElements: Int

  /// The numbers of a stored type; `nil` for one whose blocks have no uniform steps.
  init?(_ dtype: DType) {
    guard let scale = Self.scale(of: dtype), let blockBytes = dtype.blockBytes,
      let blockElements = dtype.blockElements
    else { return nil }
    self.scale = scale
    self.blockBytes = blockBytes
    self.blockElements = blockElements
  }

  private static func scale(of dtype: DType) -> Scale? {
    switch dtype {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .q2_0: .half(offset: 0, factor: 1)
    // The two values of a bit are the scale and its negative.
    case .q1_0: .half(offset: 0, factor: 2)
    case .tq1_0: .half(offset: 52, factor: 1)
    case .tq2_0: .half(offset: 64, factor: 1)
    case .q8_K: .single
    case .q2_K: .groups(offset: 80, count: 16) { Int($0.byte(at: $1 + $2) & 15) }
    case .q3_K: .groups(offset: 108, count: 16) { threeBitScale($0, $1 + 96, group: $2) }
    case .q4_K, .q5_K: .groups(offset: 0, count: 8) { sixBitScale($0, $1 + 4, group: $2) }
    case .q6_K:
      .groups(offset: 208, count: 16) { Int(Int8(bitPattern: $0.byte(at: $1 + 192 + $2))) }
    case .mxfp4: .floats(count: 1, scales: powersOfTwo)
    case .nvfp4: .floats(count: 4, scales: unsignedFloats)
    default: nil
    }
  }

  /// The sum of the squared steps of some elements.
  ///
  /// - Parameters:
  ///   - bytes: The stored bytes of the whole tensor.
  ///   - elements: Positions in the tensor as stored.
  /// - Returns: The sum; scales that are no finite numbers add nothing.
  func squares(_ bytes: RawSpan, elements: Range<Int>) -> Double {
    precondition(elements.lowerBound >= 0)
    precondition(
      (elements.upperBound + blockElements - 1) / blockElements * blockBytes <= bytes.byteCount)
    var sum = 0.0
    var start = elements.lowerBound
    while start < elements.upperBound {
      let block = start / blockElements
      let first = block * blockElements
      let end = min(elements.upperBound, first + blockElements)
      sum += squares(bytes, block: block * blockBytes, places: start - first..<end - first)
      start = end
    }
    return sum
  }

  /// The sum over some places of the block at an offset.
  private func squares(_ bytes: RawSpan, block: Int, places: Range<Int>) -> Double {
    switch scale {
    case .half(let offset, let factor):
      return Self.square(bytes.half(at: block + offset) * factor) * Double(places.count)
    case .single: return Self.square(bytes.single(at: block)) * Double(places.count)
    case .groups(let offset, let count, let factor):
      let scale = bytes.half(at: block + offset)
      return sum(places, groups: count) { group, inside in
        Self.square(scale * Float(factor(bytes, block, group))) * Double(inside.count)
      }
    case .floats(let count, let scales):
      return sum(places, groups: count) { group, inside in
        let codes = block + count + group * (blockElements / count / 2)
        let steps = Self.floatSquares(bytes, codes, count: blockElements / count, places: inside)
        let scale = scales[Int(bytes.byte(at: block + group))]
        return scale * scale * steps
      }
    }
  }

  /// Adds up what a closure says of each group of a block, and of the places in it.
  private func sum(
    _ places: Range<Int>, groups count: Int, _ body: (Int, Range<Int>) -> Double
  ) -> Double {
    let size = blockElements / count
    var sum = 0.0
    for group in places.lowerBound / size...(places.upperBound - 1) / size {
      let first = group * size
      let inside = places.clamped(to: first..<first + size)
      sum += body(group, inside.lowerBound - first..<inside.upperBound - first)
    }
    return sum
  }

  /// The squares of the steps, in units of the scale, of codes of which the low halves of the bytes
  /// come first.
  private static func floatSquares(
    _ bytes: RawSpan, _ start: Int, count: Int, places: Range<Int>
  ) -> Double {
    var sum = 0.0
    if places.count == count {
      for byte in start..<start + count / 2 { sum += pairSquares[Int(bytes.byte(at: byte))] }
      return sum
    }
    for place in places {
      let byte = bytes.byte(at: start + place % (count / 2))
      sum += codeSquares[Int(place < count / 2 ? byte & 15 : byte >> 4)]
    }
    return sum
  }

  private static let codeSquares = FloatFormat.steps(of: FloatTables.e2m1).map { Double($0 * $0) }
  private static let pairSquares = (0..<256).map { codeSquares[$0 & 15] + codeSquares[$0 >> 4] }

  /// Scales of MXFP4 by their bits: ggml takes the last for a number too.
  private static let powersOfTwo = (0..<256).map {
    Double(sign: .plus, exponent: $0 - 127, significand: 1)
  }

  /// Scales of NVFP4 by their bits: four of exponent, three of mantissa, the sign left out.
  private static let unsignedFloats = (0..<256).map { bits -> Double in
    let (exponent, mantissa) = (bits >> 3 & 15, Double(bits & 7))
    guard bits != 0x7f else { return 0 }
    return exponent == 0
      ? mantissa * 0x1p-9 : Double(sign: .plus, exponent: exponent - 10, significand: 8 + mantissa)
  }

  /// The square of a step; zero for one that is no finite number.
  private static func square(_ step: Float) -> Double {
    step.isFinite ? Double(step) * Double(step) : 0
  }

  /// The scale of a group of Q3_K: four low bits, two high ones, less 32.
  private static func threeBitScale(_ bytes: RawSpan, _ start: Int, group: Int) -> Int {
    let low = bytes.byte(at: start + group % 8) >> (group < 8 ? 0 : 4) & 15
    let high = bytes.byte(at: start + 8 + group % 4) >> UInt8(group / 4 * 2) & 3
    return Int(low | high << 4) - 32
  }

  /// The scale of a group of Q4_K and Q5_K: the first four in six bits, the others in two parts.
  private static func sixBitScale(_ bytes: RawSpan, _ start: Int, group: Int) -> Int {
    if group < 4 { return Int(bytes.byte(at: start + group) & 63) }
    let low = bytes.byte(at: start + group + 4) & 15
    return Int(low | (bytes.byte(at: start + group - 4) >> 6) << 4)
  }
}

extension RawSpan {
  /// A little-endian 16-bit float.
  fileprivate func half(at offset: Int) -> Float {
    let bits = UInt16(byte(at: offset)) | UInt16(byte(at: offset + 1)) << 8
    return Float(Float16(bitPattern: bits))
  }

  /// A little-endian 32-bit float.
  fileprivate func single(at offset: Int) -> Float {
    Float(
      bitPattern: (0..<4).reduce(0) { $0 | UInt32(byte(at: offset + $1)) << UInt32(8 * $1) })
  }
}
