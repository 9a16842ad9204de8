import Formats

extension Architecture {
  /// Whether the engine takes a tensor of this role.
  ///
  /// Those of queries, keys and values, of gate and up, and of experts may be in the files in one form
  /// or another, and the head may be missing.
  func takes(_ role: Role) -> Bool {
    guard let layer = role.layer else { return takesOutside(role) }
    guard role.hasTwoStacks == (encoder != nil),
      let stack = role.stack == .encoder ? encoder : decoder, stack.layers.indices.contains(layer)
    else { return false }
    if layer == 0, case .relative = stack.positionBias, role.component == .attn_rel_b {
      return role.parameter == .weight
    }
    return stack.layers[layer].takes(role)
  }

  private func takesOutside(_ role: Role) -> Bool {
    switch role.component {
    case .token_embd, .output:
      // Formats differ in which copies of an embedding that is shared they write.
      let isKnown = !role.hasTwoStacks || Role.copiesOfEmbedding.contains(role)
      return isKnown && (role.parameter == .weight || role.component == .output && head.hasBias)
    case .position_embd: return embedding.positionCount != nil && role.parameter == .weight
    case .token_embd_norm: return embedding.norm?.takes(role.parameter) ?? false
    case .output_norm:
      let stack = role.stack == .encoder ? encoder : decoder
      return role.hasTwoStacks == (encoder != nil)
        && stack?.outputNorm.takes(role.parameter) ?? false
    default: return false
    }
  }
}

extension Architecture.Norm {
  /// Whether the norm has such a parameter.
  fileprivate func takes(_ parameter: Role.Parameter) -> Bool {
    parameter == .weight ? hasWeight : hasBias
  }
}

extension Architecture.Layer {
  /// Whether the layer has such a tensor.
  fileprivate func takes(_ role: Role) -> Bool {
    let component = role.component
    switch component {
    case .attn_qkv, .attn_q, .attn_k, .attn_v:
      return role.parameter == .weight || attention.hasBias
    case .attn_output: return role.parameter == .weight || attention.hasOutputBias
    case .attn_q_norm, .attn_k_norm:
      return attention.queryKeyNorm?.norm.takes(role.parameter) ?? false
    case .cross_attn_q, .cross_attn_k, .cross_attn_v, .cross_attn_o, .cross_attn_rel_b:
      // The first checkpoints of T5 hold a bias for this attention that no program uses.
      return crossAttention != nil && role.parameter == .weight
    case .cross_attn_norm: return crossAttention != nil && residual.norm.takes(role.parameter)
    default: break
    }
    let norms = [
      residual.attentionNorm, residual.mlpNorm, residual.postAttentionNorm, residual.postMLPNorm,
    ]
    if norms.contains(component) { return residual.norm.takes(role.parameter) }
    switch mlp {
    case .dense(let dense): return dense.takes(role)
    case .experts(let experts): return experts.takes(role)
    }
  }
}

extension Architecture.DenseMLP {
  /// Whether the MLP has such a tensor.
  fileprivate func takes(_ role: Role) -> Bool {
    switch role.component {
    case .ffn_gate: isGated && (role.parameter == .weight || hasBias)
    case .ffn_up, .ffn_down: role.parameter == .weight || hasBias
    default: false
    }
  }
}

extension Architecture.Experts {
  /// Whether the experts, the router or what all share have such a tensor.
  fileprivate func takes(_ role: Role) -> Bool {
    guard role.parameter == .weight else { return false }
    switch role.component {
    case .ffn_gate_inp: return true
    case .ffn_gate_inp_shexp, .ffn_gate_shexp, .ffn_up_shexp, .ffn_down_shexp: return shared != nil
    case .ffn_gate_up_exps, .ffn_gate_exps, .ffn_up_exps, .ffn_down_exps:
      return role.expert.map { $0 < count } ?? true
    default: return false
    }
  }
}
