import Formats
import OrderedCollections

/// Adds the sums of tensors up to layers, components and the model, in the order they are given.
struct UnitSums<Sums> {
  private(set) var sums: OrderedDictionary<DriftUnit, Sums> = [:]
  private let empty: Sums
  private let combine: (inout Sums, Sums) -> Void

  init(empty: Sums, combine: @escaping (inout Sums, Sums) -> Void) {
    self.empty = empty
    self.combine = combine
  }

  mutating func add(_ tensor: Sums, of key: TensorKey) {
    for unit in key.groups {
      var sum = sums[unit] ?? empty
      combine(&sum, tensor)
      sums[unit] = sum
    }
  }
}

extension TensorKey {
  /// What a tensor is a part of.
  var groups: [DriftUnit] {
    guard case .role(let role) = self else { return [.model] }
    return [.model, .component(role.component)] + (layerKey.map { [.layer($0)] } ?? [])
  }

  /// The layer that a tensor is in; `nil` outside the layers.
  var layerKey: LayerKey? {
    guard case .role(let role) = self, let layer = role.layer else { return nil }
    return LayerKey(stack: role.stack, layer: layer)
  }
}
