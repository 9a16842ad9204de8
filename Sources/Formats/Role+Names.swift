extension Role {
  /// The role of a tensor by its name in a Hugging Face checkpoint.
  ///
  /// - Parameter name: The name without prefixes of wrappers, see ``TensorName``.
  init?(huggingFaceName name: TensorName) {
    var parts = name.parts[...]
    if parts.first == "model" { parts = parts.dropFirst() }
    var layer: Int?
    if parts.count > 2, parts.first == "layers" {
      guard let number = TensorName.layerNumber(parts[parts.startIndex + 1]) else { return nil }
      layer = number
      parts = parts.dropFirst(2)
    }
    let path = parts.joined(separator: ".")
    if path == "rotary_emb.inv_freq" || path == "self_attn.rotary_emb.inv_freq" {
      self.init(layer: layer, component: .rotary_inv_freq)
      return
    }
    guard let (place, parameter) = Self.splitParameter(path),
      let component = layer == nil ? Self.outerNames[place] : Self.layerNames[place]
    else { return nil }
    self.init(layer: layer, component: component, parameter: parameter)
  }

  /// The role of a tensor by its name in a GGUF file.
  init?(ggufName name: TensorName) {
    var parts = name.parts[...]
    var layer: Int?
    if parts.count > 2, parts.first == "blk" {
      guard let number = TensorName.layerNumber(parts[parts.startIndex + 1]) else { return nil }
      layer = number
      parts = parts.dropFirst(2)
    }
    guard let (place, parameter) = Self.splitParameter(parts.joined(separator: ".")),
      let component = Component(rawValue: place), component != .rotary_inv_freq,
      component.isInLayers == (layer != nil)
    else { return nil }
    self.init(layer: layer, component: component, parameter: parameter)
  }

  private static let outerNames: [String: Component] = [
    "embed_tokens": .token_embd, "norm": .output_norm, "lm_head": .output,
  ]

  private static let layerNames: [String: Component] = [
    "input_layernorm": .attn_norm, "self_attn.q_proj": .attn_q, "self_attn.k_proj": .attn_k,
    "self_attn.v_proj": .attn_v, "self_attn.o_proj": .attn_output,
    "self_attn.q_norm": .attn_q_norm, "self_attn.k_norm": .attn_k_norm,
    "post_attention_layernorm": .ffn_norm, "mlp.gate_proj": .ffn_gate, "mlp.up_proj": .ffn_up,
    "mlp.down_proj": .ffn_down,
  ]

  private static func splitParameter(_ path: String) -> (place: String, parameter: Parameter)? {
    for parameter in Parameter.allCases where path.hasSuffix(".\(parameter.rawValue)") {
      return (String(path.dropLast(parameter.rawValue.utf8.count + 1)), parameter)
    }
    return nil
  }
}

extension Role.Component {
  fileprivate var isInLayers: Bool {
    switch self {
    case .token_embd, .output_norm, .output, .rope_freqs: false
    default: true
    }
  }
}

/// A tensor's name in parts, without the prefixes that training wrappers add.
struct TensorName {
  /// The parts between the dots.
  let parts: [Substring]

  init(_ name: String) {
    // torch.compile and FSDP leave their mark at any depth.
    var parts = Self.split(name).filter {
      $0 != "_orig_mod" && $0 != "_fsdp_wrapped_module" && $0 != "_checkpoint_wrapped_module"
    }[...]
    while parts.first == "module" { parts = parts.dropFirst() }
    if parts.starts(with: ["base_model", "model"]), parts.count > 2 { parts = parts.dropFirst(2) }
    self.parts = Array(parts)
  }

  /// The parts of a name between its dots.
  static func split(_ name: String) -> [Substring] {
    // Bytes are many times faster to walk through than characters.
    name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map(Substring.init)
  }

  /// The layer number that the name speaks of, as far as can be told: the number behind a word for
  /// layers, else the first number between dots.
  var layer: Int? {
    let words: Set<Substring> = ["layers", "layer", "blk", "blocks", "block", "h"]
    let numbered = parts.indices.dropFirst().compactMap { index in
      Self.layerNumber(parts[index]).map { (word: parts[index - 1], number: $0) }
    }
    return (numbered.first { words.contains($0.word) } ?? numbered.first)?.number
  }

  /// A plain decimal number such as `31`; `nil` for anything else.
  static func layerNumber(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text == "0" || !text.hasPrefix("0")
    else { return nil }
    return Int(text)
  }
}
