import Formats

/// The tensors of one checkpoint by what pairs them, in the order of the model.
struct TensorIndex {
  /// Where the tensors and their pieces are read from.
  private(set) var source: PartedSource
  /// The keys: roles from the embedding to the head, then names.
  private(set) var keys: [TensorKey]
  private(set) var tensors: [TensorKey: TensorInfo]
  /// What was measured of the orders of its rows.
  var rowOrders: [RowOrderEvidence] = []
  /// What brought tensors under a key that is not that of their own name.
  private(set) var matches: [TensorKey: ContentMatch] = [:]
  /// The roles that a tensor stands for as well, because the checkpoint does not write its copies.
  private(set) var copies: Set<TensorKey> = []

  init(_ source: any TensorSource) {
    self.source = PartedSource(source)
    var tensors: [TensorKey: TensorInfo] = [:]
    for tensor in source.tensors {
      let key = tensor.role.map(TensorKey.role) ?? .name(tensor.name)
      // Only the first tensor of a role answers to it; a second one keeps its name.
      tensors[tensors[key] == nil ? key : .name(tensor.name)] = tensor
    }
    self.tensors = tensors
    keys = tensors.keys.sorted()
  }

  subscript(key: TensorKey) -> TensorInfo? { tensors[key] }

  /// The roles that pair tensors here and meet a condition.
  func roles(where isWanted: (Role) -> Bool) -> [Role] {
    keys.compactMap(\.role).filter(isWanted)
  }

  /// Puts parts of a tensor in its stead, each under its own role; nothing changes if there are
  /// none or if one of their roles is taken.
  mutating func replace(_ key: TensorKey, by parts: (TensorInfo) -> [TensorPart]) {
    guard let tensor = tensors[key] else { return }
    let parts = parts(tensor)
    let partKeys = parts.compactMap { $0.info.role.map(TensorKey.role) }
    guard !parts.isEmpty, partKeys.count == parts.count, Set(partKeys).count == parts.count,
      partKeys.allSatisfy({ $0 == key || tensors[$0] == nil })
    else { return }
    tensors[key] = nil
    for (partKey, part) in zip(partKeys, parts) {
      tensors[partKey] = part.info
      source.add(part)
    }
    keys = tensors.keys.sorted()
  }

  /// Changes how a tensor is read.
  mutating func update(_ key: TensorKey, to tensor: TensorInfo) { tensors[key] = tensor }

  /// Lets a tensor stand for a copy of it that the checkpoint does not have.
  mutating func addCopy(_ key: TensorKey, of tensor: TensorInfo) {
    tensors[key] = tensor
    copies.insert(key)
    keys = tensors.keys.sorted()
  }

  /// Puts tensors under the keys of those that they were found to be the same as.
  mutating func adopt(_ found: [(own: TensorKey, match: ContentMatch)]) {
    for (own, match) in found where tensors[match.key] == nil {
      tensors[match.key] = tensors.removeValue(forKey: own)
      matches[match.key] = match
    }
    keys = tensors.keys.sorted()
  }
}
