public import Core

/// The identities of the tensors of a base and of the model that was tuned from it, from which those of
/// all blends follow without another look at the weights.
public struct BlendHashes: Sendable {
  private let pair: BlendPair
  /// For each tensor of the tuned model what counts in its hash.
  private let tuned: [[(tensor: TensorInfo, hash: ContentHash)]]
  /// The same of what the base has for it; empty where it has nothing.
  private let base: [[(tensor: TensorInfo, hash: ContentHash)]]

  /// Reads every weight of both once.
  ///
  /// - Throws: ``CheckpointError`` for a tensor that cannot be decoded.
  public init(_ pair: BlendPair, workGroup: WorkGroup) throws {
    self.pair = pair
    tuned = try Self.hashes(pair.links.map(\.tuned), of: pair.tuned, workGroup)
    base = try Self.hashes(pair.links.map(\.base), of: pair.base, workGroup)
  }

  private static func hashes(
    _ tensors: [TensorInfo?], of source: ModelSource, _ workGroup: WorkGroup
  ) throws -> [[(tensor: TensorInfo, hash: ContentHash)]] {
    try workGroup.map(tensors.count) { index in
      try (tensors[index]?.hashedParts ?? []).map { part in
        (tensor: part, hash: try source.contentHash(of: part))
      }
    }
  }

  /// The content hash of a blend: that which its tensors would have on disk where the base's are put back
  /// whole, and one of base, tuned model and share where values lie between them.
  public func contentHash(of part: ModelPart, alpha: Double) -> ContentHash {
    var parts: [(TensorInfo, ContentHash)] = []
    for (place, link) in pair.links.enumerated() {
      let own = tuned[place]
      guard alpha > 0, link.base != nil, part.contains(link.deciding) else {
        parts += own.map { ($0.tensor, $0.hash) }
        continue
      }
      let other = base[place]
      if alpha == 1, link.base?.logicalShape == link.tuned.logicalShape {
        parts += other.map { tensor, hash in (renamed(tensor, like: link), hash) }
      } else {
        parts.append((link.tuned, Self.mixed(own.map(\.hash), other.map(\.hash), alpha)))
      }
    }
    return Checkpoint.combined(parts)
  }

  /// A tensor of the base as the blend has it.
  private func renamed(_ tensor: TensorInfo, like link: BlendPair.Link) -> TensorInfo {
    guard tensor == link.base else { return tensor }
    var renamed = tensor
    renamed.name = link.tuned.name
    renamed.role = link.tuned.role
    return renamed
  }

  private static func mixed(
    _ tuned: [ContentHash], _ base: [ContentHash], _ alpha: Double
  ) -> ContentHash {
    var hasher = ContentHasher()
    for hash in tuned + base {
      hasher.update(Int(bitPattern: UInt(hash.high)))
      hasher.update(Int(bitPattern: UInt(hash.low)))
    }
    hasher.update(Int(bitPattern: UInt(alpha.bitPattern)))
    return hasher.hash
  }
}
