/// Compares the shapes of tensors whose role is known with the configuration.
struct ShapeChecks {
  let config: ModelConfig
  let path: String

  /// The tensors whose shape is not what the configuration makes it.
  func problems(_ tensors: [TensorInfo]) -> [CheckpointError] {
    tensors.compactMap { tensor in
      guard let expected = expectedShape(tensor), tensor.shape != expected else { return nil }
      return CheckpointError(
        .unexpectedShape(found: tensor.shape, expected: expected), path: path,
        tensor: tensor.name)
    }
  }

  private func expectedShape(_ tensor: TensorInfo) -> [Int]? {
    guard let role = tensor.role, let shape = linearShape(role) else { return nil }
    // A bias is as long as its matrix has rows.
    if role.parameter == .bias { return Array(shape.prefix(1)) }
    let isTransposed = config.hasTransposedLinears && role.component.isLinear
    return isTransposed != tensor.layout.isTransposed ? shape.reversed() : shape
  }

  /// The shape of a weight, output by input where it has two axes.
  private func linearShape(_ role: Role) -> [Int]? {
    let hidden = config.hiddenSize
    let queries = config.headCount * config.headDimension
    let keys = config.keyValueHeadCount * config.headDimension
    let inner = config.intermediateSize
    return switch role.component {
    case .token_embd, .output: [config.vocabularySize, hidden]
    case .attn_qkv: [queries + 2 * keys, hidden]
    case .attn_q, .cross_attn_q: [queries, hidden]
    case .attn_k, .attn_v, .cross_attn_k, .cross_attn_v: [keys, hidden]
    case .attn_output, .cross_attn_o: [hidden, queries]
    case .ffn_gate: [inner, hidden]
    case .ffn_up: [config.hasFusedGate ? 2 * inner : inner, hidden]
    case .ffn_down: [hidden, inner]
    case .token_embd_norm, .attn_norm, .attn_norm_2, .cross_attn_norm, .post_attention_norm,
      .ffn_norm, .post_ffw_norm, .output_norm:
      [hidden]
    case .attn_q_norm: [config.queryKeyNorm == .wholeWidth ? queries : config.headDimension]
    case .attn_k_norm: [config.queryKeyNorm == .wholeWidth ? keys : config.headDimension]
    default: nil
    }
  }
}
