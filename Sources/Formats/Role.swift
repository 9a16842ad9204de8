/// What a tensor is for in a model, whatever its format calls it.
///
/// Tensors of two checkpoints belong together if their roles are equal.
public struct Role: Hashable, Sendable {
  /// The stack of layers that a tensor belongs to.
  public enum Stack: String, Hashable, Sendable, CaseIterable, Comparable {
    case encoder, decoder

    /// The encoder comes before the decoder.
    public static func < (left: Stack, right: Stack) -> Bool {
      left == .encoder && right == .decoder
    }
  }

  /// The place of a tensor in its layer or model, spelled as in GGUF.
  public enum Component: String, Hashable, Sendable, CaseIterable {
    case token_embd
    case attn_norm, attn_q, attn_k, attn_v, attn_output, attn_q_norm, attn_k_norm
    case ffn_norm, ffn_gate, ffn_up, ffn_down
    case output_norm, output
    /// Divisors of the rotary frequencies: computed from the configuration, not trained.
    case rope_freqs
    /// Rotary frequencies: computed from the configuration, not trained.
    case rotary_inv_freq

    /// Whether such tensors are computed from the configuration and hold nothing that was learned.
    var isBuffer: Bool { self == .rope_freqs || self == .rotary_inv_freq }
  }

  /// What a tensor does to its input.
  public enum Parameter: String, Hashable, Sendable, CaseIterable {
    case weight, bias
  }

  /// The stack; ``Stack/decoder`` where a model has only one.
  public var stack: Stack
  /// The layer, counted from 0; `nil` outside layers.
  public var layer: Int?
  /// The place in the layer or model.
  public var component: Component
  /// Weight or bias.
  public var parameter: Parameter

  /// Creates a role.
  public init(
    stack: Stack = .decoder, layer: Int?, component: Component, parameter: Parameter = .weight
  ) {
    self.stack = stack
    self.layer = layer
    self.component = component
    self.parameter = parameter
  }
}

extension Role: CustomStringConvertible {
  /// The GGUF name of such a tensor, such as `blk.3.attn_q.weight`.
  public var description: String {
    let stackPrefix = stack == .encoder ? "enc." : ""
    let layerPrefix = layer.map { "blk.\($0)." } ?? ""
    return "\(stackPrefix)\(layerPrefix)\(component.rawValue).\(parameter.rawValue)"
  }
}

extension Role: Comparable {
  /// The order in which values flow through the model: embedding, layers, final norm, head.
  public static func < (left: Role, right: Role) -> Bool {
    left.sortKey.lexicographicallyPrecedes(right.sortKey)
  }

  private var sortKey: [Int] {
    let place = Component.allCases.firstIndex(of: component) ?? 0
    let isBeforeLayers = component == .token_embd || component.isBuffer
    let section = layer != nil ? 1 : isBeforeLayers ? 0 : 2
    return [stack == .encoder ? 0 : 1, section, layer ?? 0, place, parameter == .weight ? 0 : 1]
  }
}
