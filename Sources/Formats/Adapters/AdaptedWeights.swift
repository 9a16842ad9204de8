import OrderedCollections

/// A base with an adapter: nothing is written, values are computed when they are asked for.
///
/// A tensor that the adapter changes by computation has dtype F32, and its rows lie as in Hugging
/// Face checkpoints, whatever the base's format: base value plus scale · (B A), the sum in the order
/// of the rank, all in 32-bit floats, the same bits for every range and every thread. A tensor that
/// the adapter brings whole is that of the adapter's file. All others are the base's own.
struct AdaptedWeights: TensorSource {
  let path: String
  let tensors: [TensorInfo]
  /// What is odd but does not keep the adapter from being used.
  let warnings: [CheckpointError]

  private let base: any TensorSource
  private let values: AdaptedValues
  private let adapted: [String: AdaptedTensor]
  private let positionsByName: [String: Int]
  private let positionsByRole: [Role: Int]

  var architecture: String? { base.architecture }
  var config: ModelConfig? { base.config }

  /// Fits an adapter to a base.
  ///
  /// - Throws: ``CheckpointError`` for the first tensor of the adapter that fits none of the base.
  init(_ base: any TensorSource, _ adapter: Adapter, path: String) throws(CheckpointError) {
    self.path = path
    self.base = base
    values = AdaptedValues(base: base, weights: adapter.weights, cache: FactorCache())
    let targets = AdapterTargets(base, adapter)
    let isInputFirst = base.architecture.map(Self.inputFirst.contains) ?? adapter.isInputFirst
    var adapted: [String: AdaptedTensor] = [:]
    var added: [TensorInfo] = []
    var warnings: [CheckpointError] = []
    for (name, edit) in adapter.edits {
      guard let target = try targets.find(name, edit, adapter) else { continue }
      do throws(AdaptedTensor.Misfit) {
        let edit =
          adapter.naming == .gguf ? edit.inGGUFLayout(of: target.base, base) : edit
        let tensor = try AdaptedTensor(
          edit, base: target.base, name: target.name, role: target.role,
          isInputFirst: isInputFirst)
        guard adapted.updateValue(tensor, forKey: target.name) == nil else {
          throw .init(.duplicateTensor, edit.tensors.first ?? target.base)
        }
        if target.isNew { added.append(tensor.info) }
      } catch {
        throw CheckpointError(
          error.problem, path: adapter.weights.path, tensor: error.tensor.name)
      }
      if target.isTied {
        warnings.append(
          CheckpointError(.tiedTarget, path: adapter.weights.path, tensor: target.name))
      }
    }
    tensors = base.tensors.map { adapted[$0.name]?.info ?? $0 } + added
    self.adapted = adapted
    self.warnings = warnings
    positionsByName = Dictionary(
      tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    positionsByRole = Dictionary(
      tensors.enumerated().compactMap { index, tensor in tensor.role.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Architectures whose linear layers are stored with the inputs first.
  private static let inputFirst: Set<String> = [
    "gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp",
  ]

  func tensor(role: Role) -> TensorInfo? { positionsByRole[role].map { tensors[$0] } }

  func tensor(named name: String) -> TensorInfo? { positionsByName[name].map { tensors[$0] } }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    guard let changed = adapted[tensor.name] else {
      return try base.decode(tensor, elements: elements, order: order, into: &output)
    }
    if changed.edit.isReplacement, let replacement = changed.edit.replacement {
      return try values.weights.decode(
        replacement, elements: elements, order: order, into: &output)
    }
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= tensor.elementCount
        && elements.count == output.count, "elements outside the tensor")
    try values.decode(changed, elements, into: &output)
  }

  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    guard let changed = adapted[tensor.name] else {
      return try base.withStoredBytes(of: tensor, order: order, body)
    }
    guard changed.edit.isReplacement, let replacement = changed.edit.replacement else {
      return nil
    }
    return try values.weights.withStoredBytes(of: replacement, order: order, body)
  }

  func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    guard let changed = adapted[tensor.name] else {
      return try base.roundingSteps(of: tensor, elements: elements)
    }
    guard changed.edit.isReplacement, let replacement = changed.edit.replacement else {
      return .unknown(reason: "computed from a base and an adapter")
    }
    return try values.weights.roundingSteps(of: replacement, elements: elements)
  }

  func rearrangedBytes(of tensor: TensorInfo, stored elements: Range<Int>) throws -> [UInt8]? {
    guard adapted[tensor.name] == nil else { return nil }
    return try base.rearrangedBytes(of: tensor, stored: elements)
  }

  func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    guard let stored = storedTensor(of: tensor) else { return }
    base.discard(stored, elements: elements)
  }

  func origin(of tensor: TensorInfo) -> TensorOrigin? {
    adapted[tensor.name] == nil
      ? base.origin(of: tensor) : TensorOrigin(tensor, in: values.cache)
  }

  func lowRankDelta(
    of tensor: TensorInfo, from origin: TensorInfo, of base: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    guard let delta = try sum(of: tensor, from: origin, of: base), delta.rank > 0,
      delta.rank <= min(delta.rowCount, delta.columnCount)
    else { return nil }
    return delta
  }

  /// What this adapter and those below it add to a tensor of the base at the bottom, of rank 0 where
  /// none changes it; `nil` where that is no product, or where another base is at the bottom.
  private func sum(
    of tensor: TensorInfo, from origin: TensorInfo, of bottom: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    guard let changed = adapted[tensor.name] else {
      return try sumBelow(tensor, from: origin, of: bottom)
    }
    guard changed.info == tensor, let own = try values.lowRankDelta(of: changed),
      let below = try sumBelow(changed.base, from: origin, of: bottom)
    else { return nil }
    return below.rank == 0 ? own : below.adding(own)
  }

  private func sumBelow(
    _ tensor: TensorInfo, from origin: TensorInfo, of bottom: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    if let adapters = base.outermost as? AdaptedWeights {
      return try adapters.sum(of: tensor, from: origin, of: bottom)
    }
    return base.isSameCheckpoint(as: bottom) && tensor == origin ? LowRankDelta.none : nil
  }

  /// The tensor of the base that the values come from; `nil` for one of another size.
  private func storedTensor(of tensor: TensorInfo) -> TensorInfo? {
    guard adapted[tensor.name] != nil else { return tensor }
    return base.tensor(named: tensor.name).flatMap {
      $0.elementCount == tensor.elementCount ? $0 : nil
    }
  }
}
