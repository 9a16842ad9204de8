import Foundation

/// The cosines and sines of rotary positions, [position, pair].
struct RotaryTable: Sendable {
  /// How many pairs of a head are turned.
  let half: Int
  let cosines: FloatBuffer
  let sines: FloatBuffer

  /// Tabulates positions 0..<`positionCount` of a sequence that is that long.
  ///
  /// The angle is computed as transformers does, in f32: position · frequency.
  init(_ positions: RotaryPositions, positionCount: Int) {
    half = positions.dimension / 2
    cosines = FloatBuffer(count: positionCount * half)
    sines = FloatBuffer(count: positionCount * half)
    let factor = positions.attentionFactor
    for (pair, frequency) in positions.frequencies(length: positionCount).enumerated() {
      for position in 0..<positionCount {
        let angle = Double(Float(position) * frequency)
        cosines[position * half + pair] = Float(cos(angle)) * factor
        sines[position * half + pair] = Float(sin(angle)) * factor
      }
    }
  }

  /// Turns the heads of a row that stands at a position.
  func turn(
    _ rows: FloatBuffer, at offset: Int, position: Int, heads: Int, headDimension: Int,
    _ kernels: Kernels
  ) {
    kernels.rotateHalves(
      rows, at: offset, heads: heads, headStride: headDimension, half: half, cosines: cosines,
      sines: sines, angle: position * half)
  }
}
