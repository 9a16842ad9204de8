import Formats
import OrderedCollections

extension CheckpointComparison {
  /// Adds what heads, experts and tokens did.
  ///
  /// - Parameters:
  ///   - groups: The groups of elements of each of the pairing's pairs.
  ///   - pairing: What was compared.
  ///   - sums: What the pass has summed, one entry for each pair.
  mutating func addSegments(_ groups: PairGroups, pairing: Pairing, sums: [PairSums]) {
    var experts: OrderedDictionary<LayerExpert, SegmentSums> = [:]
    for (place, pair) in pairing.pairs.enumerated() {
      tensors[place].segments = groups.segments(of: place, sums[place].segments)
      guard let role = pair.key.role, role.component.isOfExperts, let layer = pair.key.layerKey
      else { continue }
      if let expert = role.expert {
        experts[LayerExpert(layer: layer, expert: expert), default: SegmentSums()]
          .add(SegmentSums(sums[place].delta))
      } else {
        for (expert, sums) in sums[place].segments.enumerated() {
          experts[LayerExpert(layer: layer, expert: expert), default: SegmentSums()].add(sums)
        }
      }
    }
    self.experts = experts.sorted { ($0.key.order) < ($1.key.order) }.map { place, sums in
      LayerExpertDelta(key: place.layer, expert: place.expert, delta: SegmentDelta(sums))
    }
  }

  /// Writes the texts of tokens to what is listed of them.
  mutating func addTexts(base: any TensorSource, other: any TensorSource) {
    guard listsTokens else { return }
    addTexts(TokenTexts.largest(of: [base, other]))
  }

  /// Writes the texts of tokens to what is listed of them.
  mutating func addTexts(_ texts: TokenTexts?) {
    guard let texts else { return }
    for place in tensors.indices {
      guard let count = tensors[place].segments?.tokens?.count else { continue }
      for row in 0..<count {
        let id = tensors[place].segments?.tokens?[row].id
        tensors[place].segments?.tokens?[row].text = id.flatMap { texts[$0] }
      }
    }
    for place in resized.indices {
      for row in 0..<(resized[place].extraRows?.rows.count ?? 0) {
        let id = resized[place].extraRows?.rows[row].id
        resized[place].extraRows?.rows[row].text = id.flatMap { texts[$0] }
      }
    }
  }

  /// Whether there is a token that has a text.
  private var listsTokens: Bool {
    tensors.contains { !($0.segments?.tokens?.isEmpty ?? true) }
      || resized.contains { $0.extraRows != nil }
  }
}

/// One expert of one layer.
private struct LayerExpert: Hashable {
  var layer: LayerKey
  var expert: Int

  var order: (Int, Int, Int) { (layer.stack == .encoder ? 0 : 1, layer.layer, expert) }
}

extension SegmentSums {
  /// A whole tensor as one group.
  fileprivate init(_ sums: DeltaSums) {
    self.init(
      count: sums.elementCount, baseSquares: sums.baseSquares, otherSquares: sums.otherSquares,
      deltaSquares: sums.deltaSquares, products: sums.products)
  }
}
