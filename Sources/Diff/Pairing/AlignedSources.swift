import Formats

/// Several checkpoints whose tensors have been cut and turned so that they can be compared.
///
/// Formats put the same weights into different tensors: experts stacked or each by itself; queries,
/// keys and values together or apart; a copy of the embedding written or left out.
/// Where checkpoints differ in that, the larger tensors are taken apart. And where a format leaves
/// open in which order rows are, the order is measured.
struct AlignedSources {
  /// The checkpoints in their order.
  private(set) var indices: [TensorIndex]

  init(_ sources: [any TensorSource]) throws {
    indices = sources.map { TensorIndex($0) }
    splitExperts()
    splitProjections()
    fillCopies()
    try settleRowOrders()
  }

  // MARK: - Taking apart

  /// Takes stacks of experts apart where another checkpoint has a tensor for each.
  private mutating func splitExperts() {
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
        if isApart { indices[position].replace(.role(role)) { $0.parts } }
      }
    }
  }

  /// Takes queries, keys and values apart where another checkpoint has a tensor for each.
  private mutating func splitProjections() {
    for position in indices.indices {
      for role in indices[position].roles(where: { $0.component == .attn_qkv }) {
        let partners = [Role.Component.attn_q, .attn_k, .attn_v].map { component in
          var partner = role
          partner.component = component
          return partner
        }
        let whole = indices.first { index in partners.allSatisfy { index[.role($0)] != nil } }
        guard let whole, !indices[position].isGrouped else { continue }
        let rowCounts = partners.compactMap { whole[.role($0)]?.rowCount }
        indices[position].replace(.role(role)) { $0.projections(rowCounts: rowCounts) ?? [] }
      }
    }
  }

  /// Takes the embedding for its copies where a checkpoint does not have them: a head that is tied
  /// to it, and what two stacks share.
  private mutating func fillCopies() {
    let embedding = Role(layer: nil, component: .token_embd)
    for copy in Role.copiesOfEmbedding {
      let isCopied = indices.contains { index in
        guard let own = index[.role(copy)], let tokens = index[.role(embedding)] else {
          return false
        }
        return RowSample(own)?.isSame(in: own, and: tokens, of: index.source) ?? false
      }
      guard isCopied else { continue }
      for position in indices.indices where indices[position][.role(copy)] == nil {
        guard let tokens = indices[position][.role(embedding)] else { continue }
        indices[position].add(.role(copy), tokens)
      }
    }
  }

  // MARK: - Orders of rows

  /// Measures which order the rows of queries and keys have, where a file leaves that open, against
  /// the first checkpoint that does not, else against the first of all.
  private mutating func settleRowOrders() throws {
    guard indices.contains(where: \.hasOpenRowOrders) else { return }
    let reference = indices.firstIndex { !$0.hasOpenRowOrders } ?? indices.startIndex
    for position in indices.indices where position != reference {
      for component in [Role.Component.attn_q, .attn_k] {
        try indices[position].settleRowOrder(of: component, against: indices[reference])
      }
    }
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
}

extension TensorIndex {
  /// Whether queries, keys and values that are together are mixed head by head.
  fileprivate var isGrouped: Bool {
    let name = source.architecture.map(ArchitectureName.canonical) ?? ""
    return ["bloom", "gptneox", "falcon"].contains(name)
  }
}
