extension TensorLayout {
  /// The layout that llama.cpp's converter gives a tensor.
  ///
  /// - Parameters:
  ///   - role: What the tensor is for.
  ///   - shape: Its shape in the file.
  ///   - architecture: `general.architecture` of the file.
  ///   - heads: The model's heads.
  init(ggufRole role: Role, shape: [Int], architecture: String, heads: HeadCounts) {
    self.init()
    let rowCount = shape.first ?? 1
    switch role.component {
    case .attn_q, .attn_k:
      let woven = Rows.woven(role, heads: heads)
      guard let woven, woven.fits(rowCount: rowCount) else { break }
      let isWoven = Self.wovenArchitectures.contains(architecture)
      (rows, otherRows) = isWoven ? (woven, .logical) : (.logical, woven)
    case .attn_qkv where Self.groupedArchitectures.contains(architecture):
      let sorted = Rows.sorted(role, heads: heads)
      if let sorted, sorted.fits(rowCount: rowCount) { rows = sorted }
    case .attn_qkv where Self.wovenArchitectures.contains(architecture):
      let woven = Rows.wovenTogether(role, heads: heads)
      if let woven, woven.fits(rowCount: rowCount) { rows = woven }
    default: break
    }
    if role.component.isOfExperts, role.expert == nil, shape.count == 3 { expertCount = rowCount }
    if role.parameter == .weight {
      isTransposed =
        Self.transposedArchitectures.contains(architecture) && role.component.isLinear
        && shape.count == 2
      if Self.shiftedNormArchitectures.contains(architecture), role.component.isNorm {
        valueOffset = 1
      }
    }
  }

  /// The layout in other formats.
  ///
  /// - Parameters:
  ///   - role: What the tensor is for.
  ///   - shape: Its shape in the file.
  ///   - heads: The model's heads.
  ///   - hasInterleavedRows: Whether the names are those of LLaMA's own files.
  init(role: Role, shape: [Int], heads: HeadCounts, hasInterleavedRows: Bool) {
    self.init()
    let rowCount = shape.first ?? 1
    if role.component.isOfExperts, role.expert == nil, shape.count == 3 { expertCount = rowCount }
    guard hasInterleavedRows, role.component == .attn_q || role.component == .attn_k,
      let woven = Rows.woven(role, heads: heads), woven.fits(rowCount: rowCount)
    else { return }
    rows = woven
    otherRows = .logical
  }

  /// Whose queries and keys the converter weaves.
  private static let wovenArchitectures: Set<String> = [
    "llama", "llama-embed", "deci", "baichuan", "xverse", "minicpm", "internlm2", "olmo", "arctic",
    "deepseek", "granite", "granitemoe", "chameleon", "bailingmoe", "llada", "smollm3", "arcee",
    "afmoe", "mistral3", "nanbeige",
  ]

  /// Whose Hugging Face checkpoints have queries, keys and values of a head or a group together,
  /// which the converter sorts.
  private static let groupedArchitectures: Set<String> = ["bloom", "gptneox", "falcon"]

  /// Whose Hugging Face checkpoints have linear weights the other way round.
  private static let transposedArchitectures: Set<String> = ["gpt2", "jais"]

  /// Whose norms the converter adds 1 to.
  private static let shiftedNormArchitectures: Set<String> = [
    "gemma", "gemma2", "gemma3", "gemma-embedding", "nemotron",
  ]
}

extension TensorLayout.Rows {
  /// The halves of a projection's heads next to each other.
  fileprivate static func woven(_ role: Role, heads: HeadCounts) -> Self? {
    let layer = role.layer ?? 0
    let count =
      role.component == .attn_q ? heads.heads(layer: layer) : heads.keyValueHeads(layer: layer)
    return count.map { .interleavedRotary(headCount: $0) }
  }

  /// The halves of the heads of queries and keys next to each other, in one tensor with the values.
  fileprivate static func wovenTogether(_ role: Role, heads: HeadCounts) -> Self? {
    let layer = role.layer ?? 0
    guard let count = heads.heads(layer: layer),
      let keyValueCount = heads.keyValueHeads(layer: layer)
    else { return nil }
    return .fusedRotary(headCount: count, keyValueHeadCount: keyValueCount)
  }

  /// Queries, keys and values sorted; with one key head they are so in Hugging Face already.
  fileprivate static func sorted(_ role: Role, heads: HeadCounts) -> Self? {
    let layer = role.layer ?? 0
    guard let count = heads.heads(layer: layer),
      let keyValueCount = heads.keyValueHeads(layer: layer), keyValueCount > 1
    else { return nil }
    return .fusedQKV(headCount: count, keyValueHeadCount: keyValueCount)
  }
}

extension Role.Component {
  /// Whether such tensors are weights of the linear maps in layers.
  var isLinear: Bool {
    switch self {
    case .attn_qkv, .attn_q, .attn_k, .attn_v, .attn_output, .ffn_gate, .ffn_up, .ffn_down: true
    default: false
    }
  }

  /// Whether such tensors are norms.
  var isNorm: Bool {
    switch self {
    case .token_embd_norm, .attn_norm, .attn_norm_2, .attn_q_norm, .attn_k_norm,
      .post_attention_norm, .ffn_norm, .post_ffw_norm, .output_norm:
      true
    default: false
    }
  }
}
