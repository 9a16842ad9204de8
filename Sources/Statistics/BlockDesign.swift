/// One block of paired values, such as the stages of one series: which of its places have a pair, how the
/// places can be rearranged and how they can be drawn.
public struct BlockDesign: Sendable {
  /// The orders of all places of the block.
  public let rearrangements: Rearrangements
  /// The places that have a pair, in ascending order.
  public let places: [Int]
  /// Draws of ``places``; `nil` of fewer than two.
  public let resamples: Resamples?
  /// The orders of the places that have a pair among themselves, as each of ``rearrangements`` puts
  /// them.
  let sources: [Int32]

  /// Describes a block.
  ///
  /// - Parameters:
  ///   - rearrangements: The orders of all places.
  ///   - places: Those that have a pair.
  ///   - resamples: Draws of as many; `nil` for no draws.
  public init(rearrangements: Rearrangements, places: [Int], resamples: Resamples?) {
    self.rearrangements = rearrangements
    self.places = places
    self.resamples = resamples
    sources =
      places.count == rearrangements.length
      ? rearrangements.sources : Self.sources(of: places, in: rearrangements)
  }

  /// How many places have a pair.
  public var count: Int { places.count }

  /// Whether every place has a pair.
  var isComplete: Bool { places.count == rearrangements.length }

  /// Σ *x y* for each order of *y* among the places that have a pair.
  func sums(_ fixed: [Double], _ moved: [Double]) -> [Double] {
    let length = rearrangements.length
    return (0..<rearrangements.count).map { order in
      var sum = 0.0
      for place in 0..<length {
        sum += fixed[place] * moved[Int(sources[order * length + place])]
      }
      return sum
    }
  }

  /// The places' own orders: those of the numbers that each order gives them.
  private static func sources(of places: [Int], in all: Rearrangements) -> [Int32] {
    var sources: [Int32] = []
    sources.reserveCapacity(all.sources.count)
    for order in 0..<all.count {
      let start = order * all.length
      let sorted = places.map { all.sources[start + $0] }.sorted()
      var own = (0..<all.length).map { Int32($0) }
      for place in places {
        let rank = sorted.firstIndex(of: all.sources[start + place]) ?? 0
        own[place] = Int32(places[rank])
      }
      sources += own
    }
    return sources
  }
}
