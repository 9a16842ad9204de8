import Formats

/// Several checkpoints whose tensors have been cut and turned so that they can be compared.
///
/// Formats put the same weights into different tensors: experts stacked or each by itself; queries,
/// keys and values together or apart, and so gate and up; a copy of the embedding written or left
/// out. Where checkpoints differ in that, the larger tensors are taken apart. Where a format leaves
/// open in which order rows are, the order is measured. And tensors that only their names keep apart
/// are brought together.
struct AlignedSources {
  /// The checkpoints in their order.
  var indices: [TensorIndex]
  /// What their tensors, and pieces of these, are read from.
  var sources: [PartedSource] { indices.map(\.source) }

  init(_ sources: [any TensorSource]) throws {
    indices = sources.map { TensorIndex($0) }
    splitExperts()
    splitProjections()
    splitGatesFromUps()
    fillCopies()
    try settleRowOrders()
    try matchByContent()
  }

  // MARK: - Copies

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
        indices[position].addCopy(.role(copy), of: tokens)
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

  // MARK: - Names

  /// Brings tensors together that are named differently, each checkpoint's with those of the first,
  /// then with those of the one before it.
  private mutating func matchByContent() throws {
    for position in indices.indices.dropFirst() {
      for reference in Set([indices.startIndex, position - 1]).sorted() {
        let found = try ContentMatch.find(in: indices[position], like: indices[reference])
        indices[position].adopt(found)
      }
    }
  }
}
