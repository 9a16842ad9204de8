import Foundation

/// The cosines and sines of rotary positions, [position, pair].
struct RotaryTable: Sendable {
  let cosines: FloatBuffer
  let sines: FloatBuffer

  /// Tabulates positions 0..<`positionCount`.
  ///
  /// The angle is computed as transformers does, in f32: position · (1 / θ^(2i/d)).
  init(positionCount: Int, headDimension: Int, theta: Double) {
    let half = headDimension / 2
    cosines = FloatBuffer(count: positionCount * half)
    sines = FloatBuffer(count: positionCount * half)
    for pair in 0..<half {
      let frequency = 1 / powf(Float(theta), Float(2 * pair) / Float(headDimension))
      for position in 0..<positionCount {
        let angle = Double(Float(position) * frequency)
        cosines[position * half + pair] = Float(cos(angle))
        sines[position * half + pair] = Float(sin(angle))
      }
    }
  }
}
