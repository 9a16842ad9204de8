import Core
public import Formats

/// What one checkpoint has a tensor for and the other takes from its embedding, such as a tied head.
public struct TiedCopy: Sendable, Equatable {
  /// What the tensor is for.
  public var role: Role
  /// Its name in the checkpoint that writes it.
  public var writtenName: String
  /// Whether it is the base that has no tensor of its own.
  public var isTiedInBase: Bool
  /// Whether it is compared with the embedding: only where a checkpoint writes it as a copy.
  ///
  /// A head that is another than the embedding is a tensor that only one of the two has.
  public var isCompared: Bool

  /// Finds them in two checkpoints.
  static func find(_ base: TensorIndex, _ other: TensorIndex) -> [TiedCopy] {
    let embedding = TensorKey.role(Role(layer: nil, component: .token_embd))
    return Role.copiesOfEmbedding.compactMap { role in
      let key = TensorKey.role(role)
      let hasOwn = base[key] != nil && !base.copies.contains(key)
      let otherHasOwn = other[key] != nil && !other.copies.contains(key)
      let tied = hasOwn ? other : base
      guard hasOwn != otherHasOwn, let written = (hasOwn ? base : other)[key],
        tied[embedding] != nil
      else { return nil }
      return TiedCopy(
        role: role, writtenName: written.name, isTiedInBase: otherHasOwn,
        isCompared: tied.copies.contains(key))
    }
  }

  /// As a JSON object.
  var json: JSONValue {
    [
      "role": .string(role.description),
      "name": .string(writtenName),
      "tied_in": .string(isTiedInBase ? "base" : "other"),
      "is_compared": .bool(isCompared),
    ]
  }
}
