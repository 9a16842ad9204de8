import Formats

extension AlignedSources {
  /// Takes stacks of experts apart where another checkpoint has a tensor for each.
  mutating func splitExperts() {
    let layers = Set(indices.flatMap { $0.roles(where: { $0.expert != nil }) }.map(LayerPlace.init))
    let stacks = indices.map { Set($0.roles(where: \.isExpertStack)) }
    for position in indices.indices {
      for role in stacks[position] {
        let isApart =
          layers.contains(LayerPlace(role))
          || stacks.contains { others in
            // One that has gate and up in one tensor against one that has them in two.
            !others.contains(role) && others.contains { LayerPlace($0) == LayerPlace(role) }
          }
        let readsSlices = indices[position].source.base.readsSlices
        if isApart {
          indices[position].replace(.role(role)) { $0.expertParts(readsSlices: readsSlices) }
        }
      }
    }
  }

  /// Takes queries, keys and values apart where another checkpoint has a tensor for each.
  mutating func splitProjections() {
    for position in indices.indices {
      for role in indices[position].roles(where: { $0.component == .attn_qkv }) {
        guard let partners = partners(of: role, [.attn_q, .attn_k, .attn_v]) else { continue }
        let source = indices[position].source.base
        let heads = source.isGrouped ? source.attentionHeads(layer: role.layer ?? 0) : nil
        guard heads != nil || !source.isGrouped else { continue }
        indices[position].replace(.role(role)) { fused in
          let cut = FusedCut(fused, into: partners, readsSlices: source.readsSlices)
          return heads.map { cut?.parts(grouped: $0) ?? [] } ?? cut?.parts ?? []
        }
      }
    }
  }

  /// Takes gate and up apart, which Phi-3 calls `ffn_up`, where another checkpoint has both.
  mutating func splitGatesFromUps() {
    for position in indices.indices {
      for role in indices[position].roles(where: { $0.component == .ffn_up }) {
        guard indices[position][.role(role.with(.ffn_gate))] == nil,
          let partners = partners(of: role, [.ffn_gate, .ffn_up])
        else { continue }
        let readsSlices = indices[position].source.base.readsSlices
        indices[position].replace(.role(role)) { fused in
          FusedCut(fused, into: partners, readsSlices: readsSlices)?.parts ?? []
        }
      }
    }
  }

  /// The tensors of the first checkpoint that has one for each of several components.
  private func partners(of role: Role, _ components: [Role.Component]) -> [TensorInfo]? {
    indices.lazy
      .map { index in components.compactMap { index[.role(role.with($0))] } }
      .first { $0.count == components.count }
  }
}

/// A layer and what its tensors do there, whichever expert does it.
private struct LayerPlace: Hashable {
  var stack: Role.Stack
  var layer: Int?

  init(_ role: Role) {
    stack = role.stack
    layer = role.layer
  }
}

extension Role {
  /// Whether such a tensor holds all experts of a layer.
  fileprivate var isExpertStack: Bool { component.isOfExperts && expert == nil }

  /// The role with another component.
  fileprivate func with(_ component: Component) -> Role {
    var role = self
    role.component = component
    return role
  }
}

extension TensorSource {
  /// Whether queries, keys and values that are together are mixed head by head.
  var isGrouped: Bool {
    let name = architecture.map(ArchitectureName.canonical) ?? ""
    return ["bloom", "gptneox", "falcon"].contains(name)
  }
}

extension TensorInfo {
  /// The tensors that a stack of experts holds, see ``TensorInfo/parts``.
  ///
  /// - Parameter readsSlices: Whether the source can read them by their bytes.
  /// - Returns: Nothing for any other tensor.
  fileprivate func expertParts(readsSlices: Bool) -> [TensorPart] {
    guard !readsSlices else { return parts.map { TensorPart(info: $0) } }
    let shape = logicalShape
    guard let expertCount = layout.expertCount, let role, role.expert == nil, shape.count == 3
    else { return [] }
    let isPair = role.component == .ffn_gate_up_exps
    guard !isPair || shape[1] % 2 == 0 else { return [] }
    let components: [Role.Component] =
      isPair ? [.ffn_gate_exps, .ffn_up_exps] : [role.component]
    let rows = shape[1] / components.count
    let elements = rows * shape[2]
    return (0..<expertCount * components.count).map { number in
      let (expert, half) = number.quotientAndRemainder(dividingBy: components.count)
      let label = isPair ? "\(expert)][\(half * rows..<(half + 1) * rows)" : "\(expert)"
      return part(
        label, component: components[half], expert: expert, shape: [rows, shape[2]],
        start: number * elements, runElements: elements, stride: elements)
    }
  }
}
