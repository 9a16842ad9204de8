public import Formats

/// What pairs a tensor with its partner in another checkpoint.
public enum TensorKey: Hashable, Sendable, Comparable {
  /// The canonical name, whatever the format calls it.
  case role(Role)
  /// The name as written, for a tensor that has no role.
  case name(String)

  /// The role; `nil` for a tensor that has none.
  var role: Role? {
    guard case .role(let role) = self else { return nil }
    return role
  }
}

/// One transformer block of one stack.
public struct LayerKey: Hashable, Sendable {
  /// The stack that the layer is in.
  public var stack: Role.Stack
  /// The layer's number in it, from 0.
  public var layer: Int

  /// Creates a key.
  public init(stack: Role.Stack, layer: Int) {
    self.stack = stack
    self.layer = layer
  }
}

/// What drift can be stated for: the whole model or a part of it.
public enum DriftUnit: Hashable, Sendable {
  /// Every tensor that was compared.
  case model
  /// The tensors of one layer.
  case layer(LayerKey)
  /// The tensors with one function, such as all `attn_q`, over all layers.
  case component(Role.Component)
  /// One tensor.
  case tensor(TensorKey)
}

/// The levels at which drift is stated.
public enum Granularity: Sendable, CaseIterable { case tensor, layer, component, model }
