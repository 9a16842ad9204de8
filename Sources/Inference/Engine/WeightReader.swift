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
    guard tensor.dtype.holdsWeights else {
      throw InputError(
        path: source.path, place: "tensor '\(tensor.name)'",
        "\(tensor.dtype) values are no weights without a scale")
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

  /// Checks that no tensor is left which belongs to the computation but not to the architecture.
  ///
  /// - Parameter used: The roles that the architecture takes.
  /// - Throws: `InputError` naming the first such tensor: scoring without it would give wrong
  ///   numbers. Tensors outside of the layers whose names are not known are left alone.
  func requireNothingElse(than used: Set<Role>) throws {
    let other = source.tensors.first { tensor in
      guard !tensor.isBuffer else { return false }
      return tensor.role.map { !used.contains($0) } ?? (tensor.layer != nil)
    }
    guard let other else { return }
    throw InputError(
      path: source.path, place: "tensor '\(other.name)'",
      "the configuration has no use for it, so the model would compute something else")
  }
}

extension DType {
  /// Whether stored values are the weights themselves, or blocks with their own scales.
  fileprivate var holdsWeights: Bool {
    switch self {
    case .bool, .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64: false
    default: true
    }
  }
}
