import Core
import Formats

extension Architecture {
  /// Takes the architecture from a model's configuration.
  ///
  /// - Throws: `InputError` where the configuration asks for something that this engine does not
  ///   compute; scoring it anyway would give wrong numbers silently.
  init(_ source: ModelSource) throws {
    let checkpoint = source.checkpoint
    if let problem = checkpoint.configProblem { throw problem }
    guard let config = checkpoint.config else { throw Self.unknown(checkpoint) }
    try self.init(source, config)
  }

  /// Takes the architecture from a configuration.
  init(_ source: ModelSource, _ config: ModelConfig) throws {
    let packing = source.checkpoint.configDocument?["quantization_config"] ?? .null
    let maker = ArchitectureMaker(source: source, config: config)
    guard packing == .null || source.hasDecodedWeights else {
      throw maker.refusal("packed weights ('quantization_config')")
    }
    self = try maker.architecture
  }

  private static func unknown(_ checkpoint: Checkpoint) -> InputError {
    guard let architecture = checkpoint.architecture else {
      return InputError(
        path: checkpoint.path, "nothing says what model this is",
        hint: "put the model's 'config.json' beside the weights")
    }
    return InputError(
      path: checkpoint.path, "architecture '\(architecture)' cannot be run",
      hint: "'lethe inspect' and 'lethe diff' work for every architecture")
  }
}

/// Turns a configuration into an architecture.
private struct ArchitectureMaker {
  let source: ModelSource
  let config: ModelConfig

  /// An error that says what cannot be run.
  func refusal(_ what: String) -> InputError {
    InputError(
      path: source.path, "\(what) cannot be run for architecture '\(config.architecture)'")
  }

  var architecture: Architecture {
    get throws {
      var architecture = Architecture(
        vocabularySize: config.vocabularySize, hiddenSize: config.hiddenSize,
        contextLength: config.contextLength, rotaries: try rotaries,
        decoder: try stack(layerCount: config.layerCount, isEncoder: false))
      architecture.embedding = Architecture.Embedding(
        scale: config.embeddingScale == 1 ? nil : Float(config.embeddingScale),
        positionCount: config.positions == .learned ? config.contextLength : nil,
        norm: config.hasEmbeddingNorm ? norm : nil)
      architecture.head = Architecture.Head(
        scale: config.headInputScale == 1 ? nil : Float(config.headInputScale),
        hasBias: config.hasHeadBias, softCap: config.logitSoftCap.map { Float($0) },
        // transformers 5 ties the head of every T5 that has none, whatever the configuration says.
        canBeEmbedding: config.tiesWordEmbeddings || config.encoderLayerCount != nil)
      architecture.storesInputsFirst = config.hasTransposedLinears
      if let layerCount = config.encoderLayerCount {
        architecture.encoder = try stack(layerCount: layerCount, isEncoder: true)
        guard let start = config.decoderStartTokenID else {
          throw refusal("a decoder without a start token ('decoder_start_token_id')")
        }
        guard start < config.vocabularySize else {
          throw refusal(
            "a start token \(start) beyond the \(config.vocabularySize) of the vocabulary")
        }
        architecture.startTokenID = start
      }
      return architecture
    }
  }

  private var norm: Architecture.Norm {
    let normalization = config.normalization
    return Architecture.Norm(
      kind: normalization.kind == .rms ? .rms : .layer, epsilon: Float(normalization.epsilon),
      hasWeight: normalization.hasWeight, hasBias: normalization.hasBias,
      weightOffset: Float(normalization.weightOffset))
  }

  // MARK: - Stacks and layers

  private func stack(layerCount: Int, isEncoder: Bool) throws -> Architecture.Stack {
    Architecture.Stack(
      layers: try (0..<layerCount).map { try layer($0, isEncoder: isEncoder) },
      outputNorm: norm, positionBias: try positionBias(isEncoder: isEncoder),
      isCausal: !isEncoder)
  }

  private func layer(_ index: Int, isEncoder: Bool) throws -> Architecture.Layer {
    let hasCrossAttention = config.encoderLayerCount != nil && !isEncoder
    return Architecture.Layer(
      attention: attention(layer: index),
      crossAttention: hasCrossAttention
        ? Architecture.Attention(
          headCount: config.headCount, keyValueHeadCount: config.keyValueHeadCount,
          headDimension: config.headDimension, scale: Float(config.attentionScale)) : nil,
      mlp: try mlp(layer: index), residual: residual)
  }

  private func attention(layer: Int) -> Architecture.Attention {
    let divisor = config.dividesScaleByLayer ? Double(layer + 1) : 1
    let isInWindow = config.window?.hasWindow(layer) ?? false
    return Architecture.Attention(
      headCount: config.headCount, keyValueHeadCount: config.keyValueHeadCount,
      headDimension: config.headDimension, scale: Float(config.attentionScale / divisor),
      softCap: config.attentionSoftCap.map { Float($0) },
      window: isInWindow ? config.window?.size : nil,
      rotary: config.rotary == nil ? nil : isInWindow && config.windowPositions != nil ? 1 : 0,
      queryKeyNorm: config.queryKeyNorm.map {
        Architecture.QueryKeyNorm(norm: norm, isWholeWidth: $0 == .wholeWidth)
      },
      clip: config.queryKeyValueLimit.map { Float($0) }, hasBias: config.hasQueryKeyValueBias,
      hasOutputBias: config.hasAttentionOutputBias,
      fusedOrder: config.fusedOrder == .grouped ? .grouped : .consecutive)
  }

  private var residual: Architecture.Residual {
    var residual = Architecture.Residual(norm: norm)
    residual.addsToNormed = config.addsToNormalizedInput
    switch config.normPlacement {
    case .before: break
    case .after: (residual.attentionNorm, residual.mlpNorm) = (nil, nil)
    case .beforeAndAfter: break
    }
    if config.normPlacement != .before {
      (residual.postAttentionNorm, residual.postMLPNorm) = (.post_attention_norm, .post_ffw_norm)
    }
    switch config.residual {
    case .sequential: break
    case .parallel:
      residual.isParallel = true
      if source.tensor(role: Role(layer: 0, component: .attn_norm_2)) != nil {
        (residual.attentionNorm, residual.mlpNorm) = (.attn_norm_2, .attn_norm)
      }
    case .parallelWithSharedNorm:
      residual.isParallel = true
      residual.mlpNorm = nil
    }
    return residual
  }

  // MARK: - MLPs

  private func mlp(layer: Int) throws -> Architecture.MLP {
    func dense(_ width: Int) throws -> Architecture.DenseMLP {
      Architecture.DenseMLP(
        intermediateSize: width, activation: try activation, isGated: config.isGated,
        hasBias: config.hasMLPBias)
    }
    guard let experts = config.experts, experts.layers.indices.contains(layer),
      experts.layers[layer]
    else { return .dense(try dense(config.intermediateSize)) }
    guard config.isGated, !config.hasMLPBias else {
      throw refusal("experts without gates or with biases")
    }
    guard experts.usedCount <= experts.count else {
      throw refusal("choosing \(experts.usedCount) of \(experts.count) experts")
    }
    return .experts(
      Architecture.Experts(
        count: experts.count, usedCount: experts.usedCount,
        isNormalized: experts.normalizesWeights, expert: try dense(experts.intermediateSize),
        shared: try experts.sharedIntermediateSize.map(dense)))
  }

  private var activation: Activation {
    get throws {
      switch config.activation {
      case .silu: .silu
      case .gelu: .gelu
      case .geluTanh: .geluTanh
      case .relu: .relu
      case .other(let name): throw refusal("activation '\(name)'")
      }
    }
  }

  // MARK: - Positions

  private func positionBias(isEncoder: Bool) throws -> Architecture.PositionBias? {
    switch config.positions {
    case .rotary, .learned: return nil
    case .alibi(let alibi):
      return .alibi(
        slopes: Alibi.slopes(headCount: config.headCount, maximum: alibi.maximumBias),
        factor: alibi.isScaled ? Float(config.attentionScale) : 1,
        isRoundedToBFloat16: alibi.isRounded)
    case .relative(let relative):
      let buckets = RelativeBuckets(
        count: relative.bucketCount, maximumDistance: relative.maximumDistance,
        isBidirectional: isEncoder)
      guard relative.bucketCount >= 4, relative.bucketCount.isMultiple(of: 2),
        relative.maximumDistance > relative.bucketCount / 2
      else {
        throw refusal(
          "\(relative.bucketCount) buckets for distances up to \(relative.maximumDistance)")
      }
      return .relative(buckets)
    }
  }

  private var rotaries: [RotaryPositions] {
    get throws {
      guard let rotary = config.rotary else { return [] }
      return try [rotary, config.windowPositions].compactMap(\.self).map(positions)
    }
  }

  private func positions(_ rotary: ModelConfig.RotaryPositions) throws -> RotaryPositions {
    guard rotary.dimension.isMultiple(of: 2), (2...config.headDimension).contains(rotary.dimension)
    else {
      throw refusal("turning \(rotary.dimension) of a head's \(config.headDimension) elements")
    }
    return RotaryPositions(
      dimension: rotary.dimension, theta: rotary.theta,
      scaling: try rotary.scaling.map { try scaling($0, pairCount: rotary.dimension / 2) } ?? .none)
  }

  private func scaling(
    _ scaling: ModelConfig.RotaryScaling, pairCount: Int
  ) throws -> RotaryPositions.Scaling {
    switch scaling {
    case .linear(let factor): return .linear(factor: factor)
    case .dynamic(let factor, let length):
      guard pairCount > 1 else { throw refusal("dynamic rotary scaling of heads of 2 elements") }
      return .dynamic(factor: factor, length: length)
    case .llama3(let numbers):
      return .llama3(
        factor: numbers.factor, lowFactor: numbers.lowFrequencyFactor,
        highFactor: numbers.highFrequencyFactor, originalLength: Double(numbers.contextLength))
    case .yarn(let numbers):
      return .yarn(
        RotaryPositions.Yarn(
          factor: numbers.factor, originalLength: Double(numbers.contextLength),
          fastTurns: numbers.fastBeta, slowTurns: numbers.slowBeta,
          isTruncated: numbers.isTruncated, attentionFactor: numbers.attentionFactor))
    case .longRope(let numbers):
      let short =
        try numbers.divisors?.short.map { Float($0) }
        ?? divisors(.rope_factors_short)
      let long = try numbers.divisors?.long.map { Float($0) } ?? divisors(.rope_factors_long)
      return .longRope(
        RotaryPositions.LongRope(
          short: try checked(short, pairCount), long: try checked(long, pairCount),
          originalLength: numbers.contextLength, attentionFactor: numbers.attentionFactor))
    case .divisors: return .divisors(try checked(divisors(.rope_freqs), pairCount))
    case .other(let name): throw refusal("rotary scaling of type '\(name)'")
    }
  }

  /// The divisors of rotary frequencies that a tensor holds.
  private func divisors(_ component: Role.Component) throws -> [Float] {
    guard let tensor = source.tensor(role: Role(layer: nil, component: component)) else {
      throw refusal("rotary scaling without the tensor '\(component.rawValue).weight'")
    }
    return try source.values(of: tensor)
  }

  private func checked(_ divisors: [Float], _ pairCount: Int) throws -> [Float] {
    guard divisors.count == pairCount else {
      throw refusal("\(divisors.count) divisors for \(pairCount) rotary frequencies")
    }
    return divisors
  }
}

extension ModelConfig.SlidingWindow {
  /// Whether a layer has the window.
  fileprivate func hasWindow(_ layer: Int) -> Bool {
    layers.indices.contains(layer) && layers[layer]
  }
}
