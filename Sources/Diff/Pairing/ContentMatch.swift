import Formats

/// What brought together two tensors whose names and roles say nothing of each other.
public struct ContentMatch: Sendable, Equatable {
  /// What the match rests on.
  public enum Evidence: String, Sendable {
    /// The same values in a sample.
    case equal_sample
    /// A sample that is far closer than that of any other tensor of the shape.
    case closest_sample
  }

  /// The key that the tensor was given: that of the tensor it belongs to.
  public var key: TensorKey
  /// What the match rests on.
  public var evidence: Evidence
  /// How far the samples are apart, relative to the L2 of the first.
  public var sampleDistance: Double
  /// How far the next best sample is, for either of the two; `nil` where there is no other.
  public var nextDistance: Double?
}

extension ContentMatch {
  /// The largest distance that is believed, and how much farther every other tensor must be.
  private static let largestDistance = 0.25
  private static let clearRatio = 2.0
  /// Fewer elements are no evidence unless all are equal, and one is none at all.
  private static let leastElements = 16
  /// More candidates of one shape on both sides together are matched by equality alone.
  private static let pairLimit = 1 << 20

  /// Finds the tensors of a checkpoint that are those of another under different names.
  ///
  /// Only tensors without a partner are looked at, and of each a sample is read once. Equal samples
  /// go first, then those that are each other's closest by far.
  static func find(
    in index: TensorIndex, like reference: TensorIndex
  ) throws -> [(own: TensorKey, match: ContentMatch)] {
    let wanted = Dictionary(grouping: lonely(reference, beside: index)) { $0.tensor.logicalShape }
    let offered = Dictionary(grouping: lonely(index, beside: reference)) { $0.tensor.logicalShape }
    var found: [(own: TensorKey, match: ContentMatch)] = []
    for (shape, candidates) in offered.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      guard let targets = wanted[shape] else { continue }
      var own = try candidates.compactMap { try Candidate($0, in: index.source) }
      var other = try targets.compactMap { try Candidate($0, in: reference.source) }
      found += matchEqual(&own, &other)
      found += matchClosest(own, other)
    }
    return found
  }

  /// A tensor that could be another's.
  private struct Candidate {
    var key: TensorKey
    var elementCount: Int
    var values: [Float]
    var norm: Double

    /// Reads the sample; `nil` for a tensor of one value and for values that are not finite.
    init?(_ tensor: (key: TensorKey, tensor: TensorInfo), in source: PartedSource) throws {
      guard tensor.tensor.elementCount > 1,
        let sample = RowSample(tensor.tensor, rowLimit: 16, columnLimit: 64)
      else { return nil }
      key = tensor.key
      elementCount = tensor.tensor.elementCount
      values = try sample.values(of: tensor.tensor, in: source)
      norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm.isFinite else { return nil }
    }

    var isConstant: Bool { values.allSatisfy { $0 == values[0] } }

    /// ‖other − self‖ / ‖self‖; infinite for a sample of zeros.
    func distance(to other: Candidate) -> Double {
      var squares = 0.0
      for place in values.indices {
        let difference = Double(other.values[place]) - Double(values[place])
        squares += difference * difference
      }
      return norm > 0 ? squares.squareRoot() / norm : .infinity
    }
  }

  /// The tensors that another checkpoint has no partner for and that could have one, in order.
  private static func lonely(
    _ index: TensorIndex, beside other: TensorIndex
  ) -> [(key: TensorKey, tensor: TensorInfo)] {
    index.keys.compactMap { key in
      guard other[key] == nil, let tensor = index[key], !tensor.isBuffer, tensor.isDecodable
      else { return nil }
      return (key, tensor)
    }
  }

  /// Takes out what is equal: as many tensors on both sides, in their order.
  ///
  /// A single value throughout, as norms have that were never trained, counts only where one tensor
  /// on each side has it.
  private static func matchEqual(
    _ own: inout [Candidate], _ other: inout [Candidate]
  ) -> [(own: TensorKey, match: ContentMatch)] {
    var found: [(own: TensorKey, match: ContentMatch)] = []
    let groups = Dictionary(grouping: own, by: \.values)
    let targets = Dictionary(grouping: other, by: \.values)
    for (values, group) in groups {
      guard let partners = targets[values], partners.count == group.count,
        group.count == 1 || !group[0].isConstant
      else { continue }
      found += zip(group, partners).map { candidate, partner in
        (
          candidate.key,
          ContentMatch(key: partner.key, evidence: .equal_sample, sampleDistance: 0)
        )
      }
    }
    let taken = Set(found.map(\.own))
    let takenTargets = Set(found.map(\.match.key))
    own.removeAll { taken.contains($0.key) }
    other.removeAll { takenTargets.contains($0.key) }
    return found.sorted { $0.own < $1.own }
  }

  /// The pairs of which each is the other's closest by far.
  private static func matchClosest(
    _ own: [Candidate], _ other: [Candidate]
  ) -> [(own: TensorKey, match: ContentMatch)] {
    guard !own.isEmpty, !other.isEmpty, own.count <= pairLimit / other.count else { return [] }
    let rows = other.map { target in own.map { target.distance(to: $0) } }
    let bestOfTarget = rows.map(Nearest.init)
    let bestOfOwn = own.indices.map { place in Nearest(rows.map { $0[place] }) }
    return own.indices.compactMap { place in
      let best = bestOfOwn[place]
      let target = bestOfTarget[best.place]
      let next = [best.next, target.next].compactMap(\.self).min()
      guard target.place == place, best.distance <= largestDistance,
        own[place].elementCount >= leastElements,
        next.map({ $0 > clearRatio * best.distance }) ?? true
      else { return nil }
      return (
        own[place].key,
        ContentMatch(
          key: other[best.place].key, evidence: .closest_sample, sampleDistance: best.distance,
          nextDistance: next)
      )
    }
  }
}

/// The smallest of some distances, where it is, and the smallest but one.
private struct Nearest {
  var place = 0
  var distance = Double.infinity
  var next: Double?

  init(_ distances: [Double]) {
    for (index, value) in distances.enumerated() {
      if index == 0 || value < distance {
        if index > 0 { next = distance }
        (place, distance) = (index, value)
      } else {
        next = min(next ?? .infinity, value)
      }
    }
  }
}
