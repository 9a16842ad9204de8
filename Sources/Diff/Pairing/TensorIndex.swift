import Formats

/// The tensors of one checkpoint by what pairs them, in the order of the model.
struct TensorIndex {
  let source: any TensorSource
  /// The keys: roles from the embedding to the head, then names.
  private(set) var keys: [TensorKey]
  private(set) var tensors: [TensorKey: TensorInfo]
  /// What was measured of the orders of its rows.
  var rowOrders: [RowOrderEvidence] = []

  init(_ source: any TensorSource) {
    self.source = source
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
  mutating func replace(_ key: TensorKey, by parts: (TensorInfo) -> [TensorInfo]) {
    guard let tensor = tensors[key] else { return }
    let parts = parts(tensor)
    let partKeys = parts.compactMap { $0.role.map(TensorKey.role) }
    guard !parts.isEmpty, partKeys.count == parts.count,
      partKeys.allSatisfy({ $0 == key || tensors[$0] == nil })
    else { return }
    tensors[key] = nil
    for (partKey, part) in zip(partKeys, parts) { tensors[partKey] = part }
    keys = tensors.keys.sorted()
  }

  /// Lets a tensor stand for what the checkpoint has no tensor of.
  mutating func add(_ key: TensorKey, _ tensor: TensorInfo) {
    tensors[key] = tensor
    keys = tensors.keys.sorted()
  }
}
