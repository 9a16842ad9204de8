import Core
import Formats

/// What there is to put back in a model, by the questions of ``Restoration/Kind``.
struct RestorationTrials: Sendable {
  /// The places that something can be put back at.
  let places: [ModelPart.Place]
  /// The functions of the tensors that can be put back.
  let components: [Role.Component]

  /// A trial that has not been scored.
  struct Trial: Sendable {
    var kind: Restoration.Kind
    var unit: RestoredUnit
    /// The layers that are put back, as ``DriftPlace`` names them.
    var layers: [String] = []
  }

  /// The name of the trial that puts everything back, whose outcome is the base's.
  static let everything = "everything"

  init(_ restorer: any StageRestorer) {
    places = restorer.places
    components = restorer.components
  }

  /// The layers of all stacks.
  var layers: [ModelPart.Place] { places.filter { $0 != .outside } }

  private var hasTwoStacks: Bool {
    layers.contains { if case .layer(.encoder, _) = $0 { true } else { false } }
  }

  /// The name of a layer, as ``DriftPlace`` has it.
  func name(_ place: ModelPart.Place) -> String {
    switch place {
    case .layer(let stack, let number): hasTwoStacks ? "\(stack.rawValue) \(number)" : "\(number)"
    case .outside: "outside"
    }
  }

  /// What a reader calls a layer.
  func title(_ place: ModelPart.Place) -> String {
    switch place {
    case .layer(let stack, let number):
      hasTwoStacks ? "\(stack.rawValue) layer \(number)" : "layer \(number)"
    case .outside: "outside of the layers"
    }
  }

  /// The trials of a kind; the search makes its own.
  func trials(_ kind: Restoration.Kind, alphas: [Double]) -> [Trial] {
    switch kind {
    case .layer:
      layers.map { layer in
        trial(kind, title(layer), ModelPart(places: [layer]), layers: [layer])
      }
    case .component:
      components.map { trial(kind, $0.rawValue, ModelPart(components: [$0])) }
    case .group: groups
    case .interpolation:
      alphas.map { alpha in
        Trial(
          kind: kind,
          unit: RestoredUnit(
            "\(NumberText.significant(alpha * 100)) % base", .everything, alpha: alpha))
      }
    case .search: []
    }
  }

  /// A set of layers as a step of the search.
  func searched(_ layers: [ModelPart.Place]) -> Trial {
    let sorted = layers.sorted()
    let title = sorted.count == 1 ? title(sorted[0]) : "layers \(listed(sorted.map(name)))"
    return trial(.search, title, ModelPart(places: Set(layers)), layers: sorted)
  }

  private func trial(
    _ kind: Restoration.Kind, _ name: String, _ part: ModelPart, layers: [ModelPart.Place] = []
  ) -> Trial {
    Trial(kind: kind, unit: RestoredUnit(name, part), layers: layers.map(self.name))
  }

  // MARK: - Groups

  private var groups: [Trial] {
    let attention = components.filter(\.isOfAttention)
    let others = components.filter { !$0.isOfAttention }
    let inside = Set(layers)
    let parts: [(String, ModelPart, [ModelPart.Place])] =
      stacks
      + [
        ("lower half", ModelPart(places: Set(half { $0 < $1 / 2 })), half { $0 < $1 / 2 }),
        ("upper half", ModelPart(places: Set(half { $0 >= $1 / 2 })), half { $0 >= $1 / 2 }),
        ("all layers", ModelPart(places: inside), layers),
        ("all attention", ModelPart(places: inside, components: Set(attention)), []),
        ("all MLP", ModelPart(places: inside, components: Set(others)), []),
        ("embeddings and head", ModelPart(places: [.outside]), []),
        (Self.everything, .everything, layers),
      ]
    return parts.filter { !($0.1.places?.isEmpty ?? false) && !($0.1.components?.isEmpty ?? false) }
      .map { trial(.group, $0.0, $0.1, layers: $0.2) }
  }

  /// Encoder and decoder, where there are both.
  private var stacks: [(String, ModelPart, [ModelPart.Place])] {
    guard hasTwoStacks else { return [] }
    return Role.Stack.allCases.map { stack in
      let own = layers.filter { if case .layer(stack, _) = $0 { true } else { false } }
      return ("\(stack.rawValue) layers", ModelPart(places: Set(own)), own)
    }
  }

  /// The layers of each stack whose number, given how many it has, is taken.
  private func half(_ isTaken: (_ number: Int, _ count: Int) -> Bool) -> [ModelPart.Place] {
    var counts: [Role.Stack: Int] = [:]
    for case .layer(let stack, _) in layers { counts[stack, default: 0] += 1 }
    return layers.filter { place in
      guard case .layer(let stack, let number) = place else { return false }
      return isTaken(number, counts[stack] ?? 0)
    }
  }
}

extension Role.Component {
  /// Whether such tensors of a layer belong to its attention, the norms around it among them; the others
  /// belong to the part that treats each position by itself.
  fileprivate var isOfAttention: Bool {
    switch self {
    case .attn_norm, .attn_norm_2, .attn_qkv, .attn_q, .attn_k, .attn_v, .attn_sub_norm,
      .attn_output, .attn_q_norm, .attn_k_norm, .attn_rel_b, .attn_sinks, .post_attention_norm,
      .cross_attn_norm, .cross_attn_q, .cross_attn_k, .cross_attn_v, .cross_attn_o,
      .cross_attn_rel_b:
      true
    default: false
    }
  }
}
