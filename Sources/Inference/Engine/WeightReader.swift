import Core
import Formats

/// Finds a checkpoint's tensors by role and decodes them, in Hugging Face row order.
struct WeightReader: Sendable {
  private let source: any TensorSource

  init(source: some TensorSource) { self.source = source }

  /// Whether the checkpoint has the weight of a component outside of the layers.
  func contains(_ component: Role.Component) -> Bool {
    source.tensor(role: Role(layer: nil, component: component)) != nil
  }

  /// A tensor's values, row-major.
  func values(_ component: Role.Component, layer: Int? = nil, shape: [Int]) throws -> FloatBuffer {
    let role = Role(layer: layer, component: component)
    guard let tensor = source.tensor(role: role) else {
      throw InputError(path: source.path, "no tensor for '\(role)', which the model needs")
    }
    guard tensor.shape == shape else {
      throw InputError(
        path: source.path, place: "tensor '\(tensor.name)'",
        "shape \(tensor.shape) does not fit the configuration, which says \(shape)")
    }
    let buffer = FloatBuffer(count: tensor.elementCount)
    try buffer.fill { span throws in
      try source.decode(tensor, elements: 0..<tensor.elementCount, order: .logical, into: &span)
    }
    return buffer
  }

  /// The weights of a linear layer, packed.
  func matrix(
    _ component: Role.Component, layer: Int? = nil, outputs: Int, inputs: Int
  ) throws -> PackedMatrix {
    PackedMatrix(
      try values(component, layer: layer, shape: [outputs, inputs]), outputCount: outputs,
      inputCount: inputs)
  }
}
