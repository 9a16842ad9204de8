import Foundation

/// The buckets that T5 sorts distances into: near ones each have their own, far ones share them.
struct RelativeBuckets: Sendable, Equatable {
  /// How many there are.
  var count: Int
  /// The distance from which on all share the last one.
  var maximumDistance: Int
  /// Whether keys behind the query have buckets of their own.
  var isBidirectional: Bool

  /// The bucket of a key that stands `distance` behind the query, or before it where negative.
  ///
  /// The logarithm is computed as transformers does, in f32.
  func bucket(ofDistance distance: Int) -> Int {
    let sideCount = isBidirectional ? count / 2 : count
    let side = isBidirectional && distance > 0 ? sideCount : 0
    let magnitude = isBidirectional ? abs(distance) : max(-distance, 0)
    let exactCount = sideCount / 2
    guard magnitude >= exactCount else { return side + magnitude }
    let exact = Float(exactCount)
    let range = Float(log(Double(maximumDistance) / Double(exactCount)))
    let place = logf(Float(magnitude) / exact) / range * Float(sideCount - exactCount)
    return side + min(exactCount + Int(place), sideCount - 1)
  }
}
