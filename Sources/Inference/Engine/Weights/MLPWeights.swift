import Formats

/// The weights of one MLP; shapes are [outputs, inputs].
struct MLPWeights: Sendable {
  /// Shape [intermediate, hidden]; `nil` without a gate.
  let gate: LinearMap?
  /// Shape [intermediate, hidden].
  let up: LinearMap
  /// Shape [hidden, intermediate].
  let down: LinearMap
  let activation: Activation

  /// Reads the MLP of a layer.
  init(_ reader: WeightReader, _ shape: Architecture.DenseMLP, hiddenSize: Int) throws {
    if shape.isGated {
      let both = try reader.gateAndUp(shape, inputs: hiddenSize)
      (gate, up) = (both[0], both[1])
    } else {
      gate = nil
      up = try reader.linear(
        .ffn_up, outputs: shape.intermediateSize, inputs: hiddenSize, hasBias: shape.hasBias)
    }
    down = try reader.linear(
      .ffn_down, outputs: hiddenSize, inputs: shape.intermediateSize, hasBias: shape.hasBias)
    activation = shape.activation
  }

  /// Takes three gated maps.
  init(gate: LinearMap, up: LinearMap, down: LinearMap, activation: Activation) {
    self.gate = gate
    self.up = up
    self.down = down
    self.activation = activation
  }

  /// All linear maps.
  var matrices: [PackedMatrix] { [gate, up, down].compactMap { $0?.matrix } }

  /// All biases.
  var vectors: [FloatBuffer] { [gate, up, down].compactMap { $0?.bias } }
}

/// The weights of several MLPs and of what chooses among them.
struct ExpertWeights: Sendable {
  let shape: Architecture.Experts
  /// Shape [experts, hidden].
  let router: LinearMap
  let experts: [MLPWeights]
  /// The MLP for every position, and its gate, shape [1, hidden]; `nil` for none.
  let shared: (mlp: MLPWeights, gate: LinearMap)?

  /// Reads the experts of a layer.
  init(_ reader: WeightReader, _ shape: Architecture.Experts, hiddenSize: Int) throws {
    self.shape = shape
    router = try reader.linear(.ffn_gate_inp, outputs: shape.count, inputs: hiddenSize)
    experts = try (0..<shape.count).map { number in
      func expert(_ component: Role.Component, _ outputs: Int, _ inputs: Int) throws -> LinearMap {
        try reader.expert(
          number, of: shape.count, component, outputs: outputs, inputs: inputs)
      }
      let width = shape.expert.intermediateSize
      return MLPWeights(
        gate: try expert(.ffn_gate_exps, width, hiddenSize),
        up: try expert(.ffn_up_exps, width, hiddenSize),
        down: try expert(.ffn_down_exps, hiddenSize, width), activation: shape.expert.activation)
    }
    shared = try shape.shared.map { shape in
      let width = shape.intermediateSize
      func linear(_ component: Role.Component, _ outputs: Int, _ inputs: Int) throws -> LinearMap {
        try reader.linear(component, outputs: outputs, inputs: inputs)
      }
      let mlp = MLPWeights(
        gate: try linear(.ffn_gate_shexp, width, hiddenSize),
        up: try linear(.ffn_up_shexp, width, hiddenSize),
        down: try linear(.ffn_down_shexp, hiddenSize, width), activation: shape.activation)
      return (mlp, try linear(.ffn_gate_inp_shexp, 1, hiddenSize))
    }
  }

  /// All linear maps.
  var matrices: [PackedMatrix] {
    [router.matrix] + experts.flatMap(\.matrices)
      + (shared.map { $0.mlp.matrices + [$0.gate.matrix] } ?? [])
  }

  /// All biases.
  var vectors: [FloatBuffer] { experts.flatMap(\.vectors) + (shared?.mlp.vectors ?? []) }
}
