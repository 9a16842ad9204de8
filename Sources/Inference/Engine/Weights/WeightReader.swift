import Core
import Formats

/// Finds a model's tensors by role, and decodes the small ones, in Hugging Face row order.
struct WeightReader: Sendable {
  private let source: any TensorSource
  /// The format that linear maps are packed in.
  private let operand: Operand
  /// Whether linear maps in layers are stored [inputs, outputs].
  private let storesInputsFirst: Bool
  /// Whether the model has two stacks, so that roles name them.
  private let hasTwoStacks: Bool
  private var stack = Role.Stack.decoder
  private var layer: Int?

  init(source: some TensorSource, _ architecture: Architecture, _ operand: Operand) {
    self.source = source
    self.operand = operand
    storesInputsFirst = architecture.storesInputsFirst
    hasTwoStacks = architecture.encoder != nil
  }

  /// A reader for the tensors of a layer, or of a stack outside of its layers.
  func inside(_ stack: Role.Stack, layer: Int? = nil) -> WeightReader {
    var reader = self
    reader.stack = stack
    reader.layer = layer
    return reader
  }

  /// The role of a tensor at the reader's place.
  private func role(
    _ component: Role.Component, _ parameter: Role.Parameter = .weight, expert: Int? = nil
  ) -> Role {
    Role(
      stack: stack, hasTwoStacks: hasTwoStacks && !component.isShared, layer: layer,
      component: component, expert: expert, parameter: parameter)
  }

  /// Whether the checkpoint has the weight of a component at the reader's place.
  func contains(_ component: Role.Component) -> Bool {
    source.tensor(role: role(component)) != nil
  }

  // MARK: - Values

  /// A tensor's values, row-major.
  ///
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  func values(
    _ component: Role.Component, _ parameter: Role.Parameter = .weight, shape: [Int]
  ) throws -> FloatBuffer {
    let tensor = try tensor(role(component, parameter), shape: shape)
    return try values(of: tensor, elements: 0..<tensor.elementCount)
  }

  /// The token embedding, [vocabulary, hidden].
  func embedding(vocabularySize: Int, width: Int) throws -> EmbeddingRows {
    let tensor = try tensor(role(.token_embd), shape: [vocabularySize, width])
    return EmbeddingRows(source: source, tensor: tensor, width: width)
  }

  private func tensor(_ role: Role, shape: [Int]) throws -> TensorInfo {
    let tensor = try tensor(role)
    // A matrix of one row may be stored as a vector.
    guard tensor.logicalShape == shape || tensor.logicalShape == shape.filter({ $0 != 1 }) else {
      throw misfit(tensor, shape)
    }
    return tensor
  }

  private func tensor(_ role: Role) throws -> TensorInfo {
    guard let tensor = source.tensor(role: role) else {
      throw InputError(path: source.path, "no tensor for '\(role)', which the model needs")
    }
    guard tensor.dtype.holdsWeights else {
      throw InputError(
        path: source.path, place: "tensor '\(tensor.name)'",
        "\(tensor.dtype) values are no weights without a scale")
    }
    return tensor
  }

  private func misfit(_ tensor: TensorInfo, _ shape: [Int]) -> InputError {
    InputError(
      path: source.path, place: "tensor '\(tensor.name)'",
      "shape \(tensor.logicalShape) does not fit the configuration, which says \(shape)")
  }

  private func values(of tensor: TensorInfo, elements: Range<Int>) throws -> FloatBuffer {
    let buffer = FloatBuffer(count: elements.count)
    try buffer.fill { span throws in
      try source.decode(tensor, elements: elements, order: .logical, into: &span)
    }
    return buffer
  }

  // MARK: - Linear maps

  /// The weights of a linear map, with its bias where it has one.
  func linear(
    _ component: Role.Component, outputs: Int, inputs: Int, hasBias: Bool = false
  ) throws -> LinearMap {
    try linear(component, parts: [[0..<outputs]], inputs: inputs, hasBias: hasBias)[0]
  }

  /// Linear maps whose rows lie in one tensor; the parts, the rows of each, are all rows together.
  func linear(
    _ component: Role.Component, parts: [[Range<Int>]], inputs: Int, hasBias: Bool
  ) throws -> [LinearMap] {
    let outputs = parts.joined().reduce(0) { $0 + $1.count }
    let isTurned = storesInputsFirst && layer != nil
    let tensor = try tensor(
      role(component), shape: isTurned ? [inputs, outputs] : [outputs, inputs])
    let bias = hasBias ? try values(component, .bias, shape: [outputs]) : nil
    return parts.map { rows in
      let stored = MatrixSource(
        source: source, tensor: tensor, storedCount: outputs, rows: rows, inputCount: inputs,
        isTurned: isTurned)
      return LinearMap(matrix: PackedMatrix(stored, operand), bias: bias?.gathering(rows))
    }
  }

  /// Queries, keys and values: tensors of their own, or one of all three.
  func projections(_ shape: Architecture.Attention, inputs: Int) throws -> [LinearMap] {
    let widths = [shape.queryWidth, shape.keyWidth, shape.keyWidth]
    guard contains(.attn_qkv) else {
      return try zip([Role.Component.attn_q, .attn_k, .attn_v], widths).map { component, width in
        try linear(component, outputs: width, inputs: inputs, hasBias: shape.hasBias)
      }
    }
    return try linear(
      .attn_qkv, parts: shape.fusedRows, inputs: inputs, hasBias: shape.hasBias)
  }

  /// Gate and up of an MLP: tensors of their own, or both in the one of up, gate first.
  func gateAndUp(_ shape: Architecture.DenseMLP, inputs: Int) throws -> [LinearMap] {
    let width = shape.intermediateSize
    guard contains(.ffn_gate) else {
      return try linear(
        .ffn_up, parts: [[0..<width], [width..<2 * width]], inputs: inputs, hasBias: shape.hasBias)
    }
    return try [Role.Component.ffn_gate, .ffn_up].map { component in
      try linear(component, outputs: width, inputs: inputs, hasBias: shape.hasBias)
    }
  }

  // MARK: - Experts

  /// The linear map of one of several experts: a tensor of its own, or a part of a stack of all.
  func expert(
    _ number: Int, of count: Int, _ component: Role.Component, outputs: Int, inputs: Int
  ) throws -> LinearMap {
    if source.tensor(role: role(component, expert: number)) != nil {
      return try expert(number, component, shape: [outputs, inputs], rows: 0..<outputs)
    }
    let isBoth =
      (component == .ffn_gate_exps || component == .ffn_up_exps) && contains(.ffn_gate_up_exps)
    guard isBoth else {
      return try expert(number, component, shape: [count, outputs, inputs], rows: 0..<outputs)
    }
    let start = component == .ffn_gate_exps ? 0 : outputs
    return try expert(
      number, .ffn_gate_up_exps, shape: [count, 2 * outputs, inputs], rows: start..<start + outputs)
  }

  /// Some rows of one expert's matrix; `shape` has three axes where all experts lie in one tensor.
  private func expert(
    _ number: Int, _ component: Role.Component, shape: [Int], rows: Range<Int>
  ) throws -> LinearMap {
    let isStacked = shape.count == 3
    let tensor = try tensor(role(component, expert: isStacked ? nil : number))
    guard tensor.logicalShape == shape else { throw misfit(tensor, shape) }
    let inputs = shape[shape.count - 1]
    let size = shape[shape.count - 2] * inputs
    let stored = MatrixSource(
      source: source, tensor: tensor, start: isStacked ? number * size : 0,
      storedCount: shape[shape.count - 2], rows: [rows], inputCount: inputs)
    return LinearMap(matrix: PackedMatrix(stored, operand), bias: nil)
  }

  // MARK: - Norms

  /// A norm with the weights that it has.
  func norm(_ norm: Architecture.Norm, _ component: Role.Component, width: Int) throws
    -> NormWeights
  {
    NormWeights(
      norm, width: width,
      weight: norm.hasWeight ? try values(component, shape: [width]) : nil,
      bias: norm.hasBias ? try values(component, .bias, shape: [width]) : nil)
  }

  // MARK: - What is left

  /// Checks that no tensor is left which belongs to the computation but not to the architecture.
  ///
  /// - Throws: `InputError` naming the first such tensor: scoring without it would give wrong
  ///   numbers. Tensors outside of the layers whose names are not known are left alone.
  func requireNothingElse(than architecture: Architecture) throws {
    let other = source.tensors.first { tensor in
      guard !tensor.isBuffer else { return false }
      return tensor.role.map { !architecture.takes($0) } ?? (tensor.layer != nil)
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

extension Role.Component {
  /// Whether models of two stacks have one such tensor for both.
  fileprivate var isShared: Bool { self == .token_embd || self == .output }
}

extension FloatBuffer {
  /// Some floats, in the order in which they are named.
  fileprivate func gathering(_ runs: [Range<Int>]) -> FloatBuffer {
    let result = FloatBuffer(count: runs.reduce(0) { $0 + $1.count })
    var place = 0
    for run in runs {
      result.copy(from: self, at: run.lowerBound, to: place, count: run.count)
      place += run.count
    }
    return result
  }
}

extension Architecture.Attention {
  /// The rows of queries, of keys and of values in a tensor of all three.
  fileprivate var fusedRows: [[Range<Int>]] {
    switch fusedOrder {
    case .consecutive:
      let (keys, values) = (queryWidth, queryWidth + keyWidth)
      return [[0..<keys], [keys..<values], [values..<values + keyWidth]]
    case .grouped:
      let groupWidth = headCount / keyValueHeadCount * headDimension
      let starts = (0..<keyValueHeadCount).map { $0 * (groupWidth + 2 * headDimension) }
      return [
        starts.map { $0..<$0 + groupWidth },
        starts.map { $0 + groupWidth..<$0 + groupWidth + headDimension },
        starts.map { $0 + groupWidth + headDimension..<$0 + groupWidth + 2 * headDimension },
      ]
    }
  }
}
