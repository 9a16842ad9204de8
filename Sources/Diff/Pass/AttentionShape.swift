import Formats

/// What is known of a model's attention: its heads, and how tensors of all three projections lie.
struct AttentionShape {
  /// Whether heads were found in a tensor.
  enum Heads {
    case found([Group], SegmentPlan)
    case missing(reason: String)
  }

  /// One head and what its elements are.
  typealias Group = (projection: Role.Component, head: Int)

  private let layers: [Int: AttentionHeads]
  /// Whether queries, keys and values that are together are mixed head by head.
  private let isGrouped: Bool
  /// Whether linear layers are stored with the inputs first.
  private let isInputFirst: Bool

  /// Reads what the models say of themselves; of the second only what the first leaves open.
  init(_ sources: [any TensorSource], layers: Set<Int>) {
    self.layers = sources.reduce(into: [Int: AttentionHeads]()) { known, source in
      let open = layers.filter { known[$0] == nil }
      if !open.isEmpty { known.merge(source.attentionHeads(layers: open)) { first, _ in first } }
    }
    let names = sources.compactMap(\.architecture).map(ArchitectureName.canonical)
    isGrouped = sources.contains(where: \.isGrouped)
    isInputFirst = names.contains { ["gpt2", "jais"].contains($0) }
  }

  /// The heads in a tensor of attention, in logical order.
  func heads(of role: Role, shape: [Int]) -> Heads {
    guard let heads = role.layer.flatMap({ layers[$0] }) else {
      return .missing(reason: "nothing says how many heads there are")
    }
    let groups = groups(role.component, heads)
    // The axis that heads follow each other on: outputs, but the inputs of what brings them together.
    let isOutput = role.component == .attn_output || role.component == .cross_attn_o
    let axis = shape.count == 2 && isOutput != isInputFirst ? 1 : 0
    let size = shape[axis]
    guard size % groups.count == 0 else {
      return .missing(reason: "\(size) is no multiple of \(groups.count) heads")
    }
    let inner = axis == 0 ? shape.dropFirst().reduce(1, *) : 1
    return .found(
      groups,
      SegmentPlan(segmentElements: size / groups.count * inner, groupCount: groups.count))
  }

  /// The heads that follow each other.
  private func groups(_ component: Role.Component, _ heads: AttentionHeads) -> [Group] {
    func run(_ projection: Role.Component, _ heads: Range<Int>) -> [Group] {
      heads.map { (projection: projection, head: $0) }
    }
    switch component {
    case .attn_k, .attn_v, .cross_attn_k, .cross_attn_v:
      return run(component, 0..<heads.keyValue)
    case .attn_qkv where isGrouped && heads.query % heads.keyValue == 0:
      let size = heads.query / heads.keyValue
      var groups: [Group] = []
      for group in 0..<heads.keyValue {
        groups += run(.attn_q, group * size..<(group + 1) * size)
        groups += run(.attn_k, group..<group + 1)
        groups += run(.attn_v, group..<group + 1)
      }
      return groups
    case .attn_qkv:
      var groups = run(.attn_q, 0..<heads.query)
      groups += run(.attn_k, 0..<heads.keyValue)
      groups += run(.attn_v, 0..<heads.keyValue)
      return groups
    default: return run(component, 0..<heads.query)
    }
  }
}
