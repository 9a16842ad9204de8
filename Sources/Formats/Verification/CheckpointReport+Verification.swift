import Core

extension CheckpointReport {
  /// Everything that is wrong with the files that a path stands for, found without reading values.
  ///
  /// Unlike opening it, the search goes on behind the first problem.
  public static func fileProblems(path: String) -> [CheckpointError] {
    LenientFiles.problems(path: path)
  }

  /// What is wrong with an opened checkpoint as a model: layers, shapes, vocabulary and values.
  static func modelProblems(
    _ source: any TensorSource, _ checkpoint: Checkpoint, _ facts: ModelFacts,
    _ values: [StatisticsPass.Values]
  ) throws -> [CheckpointError] {
    let tensors = source.tensors
    guard !tensors.isEmpty else { return [] }
    let layers = LayerChecks(tensors, path: source.path)
    // An adapter, or a part of a model, has the layers that it has.
    let isModel = source.config != nil || tensors.contains { $0.role?.component == .token_embd }
    var problems = layers.missingLayers(
      expected: isModel ? facts.statedLayerCount : nil,
      inEncoder: isModel ? source.config?.encoderLayerCount : nil)
    problems += layers.missingTensors()
    if let config = source.config {
      problems += missingOuterTensors(source, config)
      problems += ShapeChecks(config: config, path: source.path).problems(tensors)
    }
    problems += vocabularyProblems(source, checkpoint)
    let checks = ValueChecks(source: source, checkpoint: checkpoint)
    problems += try checks.problems(tensors, values)
    problems += try checks.identicalLayers(tensors, values)
    return problems
  }

  /// Embedding, final norm and head, where they are not there.
  private static func missingOuterTensors(
    _ source: any TensorSource, _ config: ModelConfig
  ) -> [CheckpointError] {
    var needed = [Role(layer: nil, component: .token_embd)]
    if config.normalization.hasWeight {
      let hasTwoStacks = config.encoderLayerCount != nil
      needed += (hasTwoStacks ? [.encoder, .decoder] : [.decoder]).map { stack in
        Role(stack: stack, hasTwoStacks: hasTwoStacks, layer: nil, component: .output_norm)
      }
    }
    if !config.tiesWordEmbeddings { needed.append(Role(layer: nil, component: .output)) }
    return needed.filter { source.tensor(role: $0) == nil }
      .map { CheckpointError(.missingTensor, path: source.path, tensor: "\($0)") }
  }

  private static func vocabularyProblems(
    _ source: any TensorSource, _ checkpoint: Checkpoint
  ) -> [CheckpointError] {
    let vocabulary: Vocabulary?
    do { vocabulary = try Vocabulary(checkpoint) } catch { return [error] }
    guard let tokens = vocabulary?.count, tokens > 0 else { return [] }
    return source.tensors.compactMap { tensor in
      guard let role = tensor.role, role.parameter == .weight,
        role.component == .token_embd || role.component == .output, tensor.rowCount != tokens
      else { return nil }
      let rows = tensor.rowCount
      return CheckpointError(
        rows < tokens
          ? .fewerRowsThanTokens(rows: rows, tokens: tokens)
          : .paddedEmbedding(rows: rows, tokens: tokens),
        path: source.path, tensor: tensor.name)
    }
  }
}
