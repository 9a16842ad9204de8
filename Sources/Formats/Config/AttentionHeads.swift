/// How many heads the attention of a layer has.
public struct AttentionHeads: Sendable, Hashable {
  /// Heads of queries.
  public var query: Int
  /// Heads of keys and of values.
  public var keyValue: Int

  /// Creates the counts.
  public init(query: Int, keyValue: Int) {
    self.query = query
    self.keyValue = keyValue
  }
}

extension TensorSource {
  /// The heads of a layer, as the metadata or the configuration tells them for any architecture.
  ///
  /// - Parameter layer: The layer, from 0.
  /// - Returns: `nil` where nothing says it.
  public func attentionHeads(layer: Int) -> AttentionHeads? {
    attentionHeads(layers: [layer])[layer]
  }

  /// The heads of those of some layers that something is said of; the configuration is looked into
  /// only once.
  public func attentionHeads(layers: Set<Int>) -> [Int: AttentionHeads] {
    let counts = foundation?.anyHeadCounts ?? HeadCounts()
    var heads: [Int: AttentionHeads] = [:]
    for layer in layers {
      if let query = counts.heads(layer: layer), let keyValue = counts.keyValueHeads(layer: layer) {
        heads[layer] = AttentionHeads(query: query, keyValue: keyValue)
      } else if let config {
        heads[layer] = AttentionHeads(query: config.headCount, keyValue: config.keyValueHeadCount)
      }
    }
    return heads
  }

  /// Whether a tensor cut out of one of ``tensors`` by its bytes is read with the right values:
  /// only where nothing is computed from them.
  public var readsSlices: Bool { plainCheckpoint != nil }
}
