import Formats

/// The tensors of one checkpoint by what pairs them, in the order of the model.
struct TensorIndex {
  let source: any TensorSource
  /// The keys: roles from the embedding to the head, then names.
  let keys: [TensorKey]
  private let tensors: [TensorKey: TensorInfo]

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
}
