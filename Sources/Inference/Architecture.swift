import Core
import Formats

/// What a decoder computes, as a value that the one engine interprets.
struct Architecture: Sendable, Equatable {
  /// Transformer layers.
  var layerCount: Int
  /// Width of the residual stream.
  var hiddenSize: Int
  /// Width of the gated MLP.
  var intermediateSize: Int
  /// Query heads.
  var headCount: Int
  /// Key and value heads; query head h reads key/value head h / (headCount / keyValueHeadCount).
  var keyValueHeadCount: Int
  /// Elements of one head.
  var headDimension: Int
  /// Rows of the embedding and of the head.
  var vocabularySize: Int
  /// The longest sequence in tokens.
  var contextLength: Int
  /// Added to the mean square in RMSNorm.
  var normEpsilon: Float
  /// Base of the rotary frequencies: the angle of pair i at position p is p · θ^(-2i / d).
  var ropeTheta: Double

  /// Takes the architecture from a model's configuration.
  ///
  /// - Throws: `InputError` where the configuration asks for something that this engine does not
  ///   compute; scoring it anyway would give wrong numbers silently.
  init(_ source: ModelSource) throws {
    let checkpoint = source.checkpoint
    if let problem = checkpoint.configProblem { throw problem }
    guard let config = checkpoint.config, config.architecture == "llama" else {
      throw Self.unknown(checkpoint)
    }
    func refuse(_ what: String) -> InputError {
      InputError(path: checkpoint.path, "\(what) cannot be run for architecture 'llama'")
    }
    let packing = checkpoint.configDocument?["quantization_config"] ?? .null
    guard packing == .null || source.hasDecodedWeights else {
      throw refuse("packed weights ('quantization_config')")
    }
    if config.hasQueryKeyValueBias || config.hasAttentionOutputBias {
      throw refuse("an attention bias ('attention_bias')")
    }
    if config.hasMLPBias { throw refuse("an MLP bias ('mlp_bias')") }
    guard let rotary = config.rotary, rotary.scaling == nil else {
      throw refuse("rotary scaling")
    }
    guard config.activation == .silu else { throw refuse("an activation other than 'silu'") }
    guard config.headDimension.isMultiple(of: 2) else {
      throw refuse("an odd head dimension of \(config.headDimension)")
    }
    guard rotary.dimension == config.headDimension else {
      throw refuse(
        "rotating \(rotary.dimension) of a head's \(config.headDimension) elements")
    }
    layerCount = config.layerCount
    hiddenSize = config.hiddenSize
    intermediateSize = config.intermediateSize
    headCount = config.headCount
    keyValueHeadCount = config.keyValueHeadCount
    headDimension = config.headDimension
    vocabularySize = config.vocabularySize
    contextLength = config.contextLength
    normEpsilon = Float(config.normalization.epsilon)
    ropeTheta = rotary.theta
  }

  /// Every tensor that the engine takes; the head may be missing.
  var roles: Set<Role> {
    let outside: [Role.Component] = [.token_embd, .output_norm, .output]
    let inside: [Role.Component] = [
      .attn_norm, .attn_q, .attn_k, .attn_v, .attn_output, .ffn_norm, .ffn_gate, .ffn_up, .ffn_down,
    ]
    return Set(
      outside.map { Role(layer: nil, component: $0) }
        + (0..<layerCount).flatMap { layer in
          inside.map { Role(layer: layer, component: $0) }
        })
  }

  private static func unknown(_ checkpoint: Checkpoint) -> InputError {
    guard let architecture = checkpoint.architecture else {
      return InputError(
        path: checkpoint.path, "nothing says what model this is",
        hint: "put the model's 'config.json' beside the weights")
    }
    return InputError(
      path: checkpoint.path, "architecture '\(architecture)' cannot be run, only 'llama' can",
      hint: "'lethe inspect' and 'lethe diff' work for every architecture")
  }
}
