public import Core

/// A model and the base that it was tuned from, tensor by tensor, so that parts of the base can be put
/// back.
///
/// Tensors meet by role, whatever format, dtype and sharding they come in, those without a role by name.
/// Nothing is written, and values are read when a blend is asked for them.
public struct BlendPair: Sendable {
  /// The model before it was tuned.
  public let base: ModelSource
  /// The tuned model, whose configuration and tokenizer every blend has.
  public let tuned: ModelSource
  /// What cannot be put back and what else a reader must know, in words.
  public let notes: [String]
  /// The places that something can be put back at, in the order of the model.
  public let places: [ModelPart.Place]
  /// The functions of the tensors that can be put back, in the order of the model.
  public let components: [Role.Component]

  let links: [Link]

  /// A tensor of the tuned model and what the base has for it.
  struct Link: Sendable {
    var tuned: TensorInfo
    /// `nil` where the base has nothing for it.
    var base: TensorInfo?
    /// The tensor that decides whether it belongs to a part: for a copy of the embedding that is tied to
    /// it the embedding, else the tensor itself.
    var deciding: TensorInfo
  }

  /// Pairs the tensors of two models.
  ///
  /// - Parameters:
  ///   - base: The model before it was tuned.
  ///   - tuned: The tuned model.
  /// - Throws: `InputError` if they are of different architectures or sizes.
  public init(base: ModelSource, tuned: ModelSource) throws(InputError) {
    self.base = base
    self.tuned = tuned
    try Self.requireSameShape(base, tuned)
    let partners = Partners(base)
    let embedding = tuned.tensor(role: Role(layer: nil, component: .token_embd))
    let ties = tuned.config?.tiesWordEmbeddings ?? false
    var links: [Link] = []
    for tensor in tuned.tensors where !tensor.isBuffer {
      for piece in partners.pieces(of: tensor, tuned) {
        let partner = partners.partner(of: piece)
        try Self.requireFit(piece, partner, tuned, base)
        let isCopy = piece.role.map { $0.isTiedCopy(tiesHead: ties) } ?? false
        links.append(
          Link(tuned: piece, base: partner, deciding: isCopy ? embedding ?? piece : piece))
      }
    }
    guard links.contains(where: { $0.base != nil }) else {
      throw InputError(
        path: tuned.path, "no tensor has a partner of the same function in \(base.path)")
    }
    self.links = links
    let linked = links.filter { $0.base != nil }.map(\.deciding)
    places = Set(linked.map(ModelPart.Place.init)).sorted()
    let found = Set(linked.compactMap { $0.role?.component })
    components = Role.Component.allCases.filter(found.contains)
    notes = Self.notes(links, base, tuned)
  }

  /// A model whose weights lie between tuned and base in one part, and are the tuned model's elsewhere.
  ///
  /// - Parameters:
  ///   - part: What is put back.
  ///   - alpha: The share of the base: 1 for its own tensors, in the dtype and with the bytes that it has
  ///     them in; 0 for the tuned model's; between them alpha · base + (1 - alpha) · tuned, computed in
  ///     64-bit floats and rounded to 32 bits once.
  ///   - name: What the model is called where a path would stand.
  /// - Returns: The model; nothing is computed yet.
  public func model(_ part: ModelPart, alpha: Double = 1, name: String) -> ModelSource {
    ModelSource(
      path: name, checkpoint: tuned.checkpoint, warnings: [],
      weights: BlendedWeights(self, part, alpha: alpha, path: name))
  }

  /// Whether something of a part can be put back.
  public func contains(_ part: ModelPart) -> Bool {
    links.contains { $0.base != nil && part.contains($0.deciding) }
  }

  // MARK: - What does not fit

  private static func requireSameShape(
    _ base: ModelSource, _ tuned: ModelSource
  ) throws(InputError) {
    if let first = base.architecture, let second = tuned.architecture,
      ArchitectureName.canonical(first) != ArchitectureName.canonical(second)
    {
      throw InputError(
        path: tuned.path, "architecture '\(second)' is not the '\(first)' of \(base.path)")
    }
    guard let first = base.config, let second = tuned.config else { return }
    let sizes: [(String, Int, Int)] = [
      ("layers", second.layerCount, first.layerCount),
      ("encoder layers", second.encoderLayerCount ?? 0, first.encoderLayerCount ?? 0),
      ("values a position", second.hiddenSize, first.hiddenSize),
    ]
    for (what, own, others) in sizes where own != others {
      throw InputError(path: tuned.path, "\(own) \(what), while \(base.path) has \(others)")
    }
  }

  /// A vocabulary may have changed its size; nothing else may.
  private static func requireFit(
    _ tensor: TensorInfo, _ partner: TensorInfo?, _ tuned: ModelSource, _ base: ModelSource
  ) throws(InputError) {
    guard let partner else { return }
    let (own, other) = (tensor.logicalShape, partner.logicalShape)
    guard own != other else { return }
    let isVocabulary =
      tensor.role?.component == .token_embd || tensor.role?.component == .output
    guard isVocabulary, own.count == other.count, own.dropFirst() == other.dropFirst() else {
      throw InputError(
        path: tuned.path, place: "tensor '\(tensor.name)'",
        "shape \(own), while '\(partner.name)' of \(base.path) has \(other)")
    }
  }

  private static func notes(
    _ links: [Link], _ base: ModelSource, _ tuned: ModelSource
  ) -> [String] {
    let alone = links.filter { $0.base == nil }.map(\.tuned.name)
    let taken = Set(links.compactMap { $0.base?.name })
    let left = base.tensors.filter { tensor in
      !tensor.isBuffer && !taken.contains(tensor.name)
        && !taken.contains { $0.hasPrefix("\(tensor.name)[") }
        && !(tensor.role.map { $0.isTiedCopy(tiesHead: base.config?.tiesWordEmbeddings ?? false) }
          ?? false)
    }.map(\.name)
    let resized = links.compactMap { link -> String? in
      guard let partner = link.base, partner.logicalShape != link.tuned.logicalShape else {
        return nil
      }
      let rows = min(partner.logicalShape[0], link.tuned.logicalShape[0])
      return "'\(link.tuned.name)' has \(link.tuned.logicalShape[0]) rows and the base's "
        + "\(partner.logicalShape[0]): only the first \(rows) can be put back"
    }
    return [
      alone.isEmpty
        ? nil : "\(Self.listed(alone)) not in the base, so never put back",
      left.isEmpty
        ? nil : "\(Self.listed(left)) only in the base, so never put back",
    ].compactMap(\.self) + resized
  }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let rest = names.count > 3 ? ", …" : ""
    return names.count == 1 ? "\(shown) is" : "\(names.count) tensors (\(shown)\(rest)) are"
  }
}

/// Finds what a base has for tensors of a tuned model.
private struct Partners {
  private var byRole: [Role: TensorInfo] = [:]
  private var byName: [String: TensorInfo] = [:]

  init(_ base: ModelSource) {
    for tensor in base.tensors where !tensor.isBuffer {
      for piece in [tensor] + base.pieces(of: tensor) {
        byName[piece.name] = piece
        if let role = piece.role { byRole[role] = byRole[role] ?? piece }
      }
    }
    // What is tied to the embedding need not be written.
    let embedding = byRole[Role(layer: nil, component: .token_embd)]
    let ties = base.config?.tiesWordEmbeddings ?? false
    for copy in Role.copiesOfEmbedding where copy.isTiedCopy(tiesHead: ties) {
      byRole[copy] = byRole[copy] ?? embedding
    }
  }

  func partner(of tensor: TensorInfo) -> TensorInfo? {
    tensor.role.map { byRole[$0] } ?? byName[tensor.name]
  }

  /// The tensor, or what it holds where the base has that in tensors of their own.
  func pieces(of tensor: TensorInfo, _ source: ModelSource) -> [TensorInfo] {
    let pieces = source.pieces(of: tensor)
    guard partner(of: tensor) == nil, !pieces.isEmpty,
      pieces.allSatisfy({ partner(of: $0) != nil })
    else { return [tensor] }
    return pieces
  }
}

extension ModelSource {
  /// The experts of a stack, or queries, keys and values that were put together, as tensors of their own;
  /// none where they cannot be read so.
  fileprivate func pieces(of tensor: TensorInfo) -> [TensorInfo] {
    guard plainCheckpoint != nil else { return [] }
    let parts = tensor.parts
    return parts.isEmpty ? tensor.wovenProjections ?? [] : parts
  }
}

extension Role {
  /// Whether a tensor holds the token embedding once more: that of one of two stacks, or a head in models
  /// that share it.
  func isTiedCopy(tiesHead: Bool) -> Bool {
    Self.copiesOfEmbedding.contains(self) && (component != .output || tiesHead)
  }
}
