/// What is added to scores for where query and key stand, so that the numbers of one query's
/// keys lie one behind the other.
struct PositionBiasTable: Sendable {
  let values: FloatBuffer
  private let headStride: Int
  /// Where distance 0 stands; `nil` where numbers go by the key's position alone.
  private let origin: Int?

  /// Tabulates slope · (position of the key - position of the query) · factor, [head, distance],
  /// distances from 1 - `positionCount` to 0.
  ///
  /// Numbers that are rounded go by the position of the key alone, [head, position], which is the
  /// same to a softmax but for rounding. Slopes, positions and their products are rounded each.
  init(slopes: [Float], factor: Float, isRoundedToBFloat16: Bool, positionCount: Int) {
    func rounded(_ value: Float) -> Float { isRoundedToBFloat16 ? value.roundedToBFloat16 : value }
    values = FloatBuffer(count: slopes.count * positionCount)
    headStride = positionCount
    let origin = isRoundedToBFloat16 ? nil : positionCount - 1
    self.origin = origin
    for (head, slope) in slopes.enumerated() {
      for place in 0..<positionCount {
        let position = Float(place - (origin ?? 0))
        values[head * positionCount + place] =
          rounded(rounded(slope) * rounded(position)) * factor
      }
    }
  }

  /// Tabulates learned numbers, which are [buckets, heads], as [head, distance], distances from
  /// 1 - `positionCount` on.
  init(_ buckets: RelativeBuckets, learned: FloatBuffer, headCount: Int, positionCount: Int) {
    headStride = max(2 * positionCount - 1, 0)
    values = FloatBuffer(count: headCount * headStride)
    let origin = positionCount - 1
    self.origin = origin
    for place in 0..<headStride {
      let bucket = buckets.bucket(ofDistance: place - origin)
      for head in 0..<headCount {
        values[head * headStride + place] = learned[bucket * headCount + head]
      }
    }
  }

  /// Where the number of a query and a key stands; those of the keys behind it follow.
  func place(head: Int, query: Int, key: Int) -> Int {
    head * headStride + (origin.map { $0 + key - query } ?? key)
  }
}

extension Float {
  /// The nearest number with 8 significant bits, the even one of two.
  fileprivate var roundedToBFloat16: Float {
    guard isFinite else { return self }
    let bits = bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}
