import Core
public import Formats

/// Which tensor of one checkpoint is compared with which of another.
///
/// Tensors meet by role, whatever their format calls them; those without a role by name; and those
/// that neither brings together by shape and content.
public struct Pairing: Sendable {
  /// Two tensors that are compared, element by element.
  public struct Pair: Sendable, Equatable {
    /// What brought them together.
    public var key: TensorKey
    /// The tensor of the base.
    public var base: TensorInfo
    /// The tensor of the other.
    public var other: TensorInfo
    /// The shape that is compared: the whole, or the rows that a resized vocabulary left in common.
    public var shape: [Int]
    /// How many elements are compared.
    public var elementCount: Int { shape.reduce(1, *) }
  }

  /// Two tensors that belong together but differ in shape.
  public struct Resized: Sendable, Equatable {
    /// What brought them together.
    public var key: TensorKey
    /// The tensor of the base.
    public var base: TensorInfo
    /// The tensor of the other.
    public var other: TensorInfo
    /// How many leading rows are compared; 0 if none are.
    public var comparedRowCount: Int
    /// The rows that only the larger of the two has; `nil` where no rows are compared.
    public var extraRows: ExtraRows?
  }

  /// Two tensors of which one has a name that says nothing of the other, see ``ContentMatch``.
  public struct Renamed: Sendable, Equatable {
    /// What they are called in the results.
    public var key: TensorKey
    /// The name in the base.
    public var baseName: String
    /// The name in the other.
    public var otherName: String
    /// What brought them together.
    public var match: ContentMatch
  }

  /// The pairs, in the order of the model: embedding, layers, head, then nameless roles by name.
  public var pairs: [Pair] = []
  /// The tensors that only the base has.
  public var onlyInBase: [TensorInfo] = []
  /// The tensors that only the other has.
  public var onlyInOther: [TensorInfo] = []
  /// The pairs whose shapes differ.
  public var resized: [Resized] = []
  /// The pairs that content brought together; they are among ``pairs`` too.
  public var renamed: [Renamed] = []
  /// The tensors that belong together and whose values cannot be compared.
  public var notCompared: [StoredPair] = []
  /// The copies of the embedding that only one of the two has a tensor for.
  public var tiedCopies: [TiedCopy] = []
  /// The tensors that only one of the two has and that are computed from its configuration, such
  /// as rotary frequencies: not learned, and no difference between models.
  public var buffers: [TensorInfo] = []
  /// What was measured of the orders of rows, where a file leaves them open.
  public var rowOrders: [RowOrderEvidence] = []

  init() {}

  /// Pairs the tensors of two checkpoints.
  ///
  /// What one of them has in a larger tensor than the other is taken apart. The order of rows is
  /// measured on a sample of them where a file leaves it open, and samples of the tensors without a
  /// partner tell which of them were only renamed. What cannot be decoded is compared as it is
  /// stored.
  ///
  /// - Parameters:
  ///   - base: The checkpoint that differences are measured from.
  ///   - other: The checkpoint that is compared with it.
  ///   - isIncluded: Whether a tensor takes part, asked with its role (as text) and its name; one
  ///     yes is enough. `nil` takes all.
  /// - Throws: ``Core/InputError`` if the two are models of different architectures, or if no
  ///   tensor of one can be compared with one of the other; ``Formats/CheckpointError`` if a sample
  ///   cannot be read.
  public init(
    base: any TensorSource, other: any TensorSource, where isIncluded: ((String) -> Bool)? = nil
  ) throws {
    let aligned = try AlignedSources([base, other])
    try self.init(base: aligned.indices[0], other: aligned.indices[1], where: isIncluded)
  }

  init(base: TensorIndex, other: TensorIndex, where isIncluded: ((String) -> Bool)?) throws {
    self.init(matching: base, with: other)
    try refuseStrangers(base.source, other.source)
    if let isIncluded { try keep(isIncluded, base: base.source) }
    for place in notCompared.indices {
      try notCompared[place].compareBytes(base: base.source, other: other.source)
    }
    for place in resized.indices where resized[place].comparedRowCount > 0 {
      resized[place].extraRows = try ExtraRows(
        resized[place], base: base.source, other: other.source)
    }
  }

  private init(matching base: TensorIndex, with other: TensorIndex) {
    rowOrders = base.rowOrders + other.rowOrders
    let alone = base.keys.filter { other[$0] == nil }.compactMap { base[$0] }
    let otherAlone = other.keys.filter { base[$0] == nil }.compactMap { other[$0] }
    onlyInBase = alone.filter { !$0.isBuffer }
    onlyInOther = otherAlone.filter { !$0.isBuffer }
    buffers = (alone + otherAlone).filter(\.isBuffer)
    tiedCopies = TiedCopy.find(base, other)
    for key in base.keys {
      guard let first = base[key], let second = other[key] else { continue }
      add(key, first, second)
      // Both may have been renamed, from a third checkpoint, and yet have one name.
      if let match = base.matches[key] ?? other.matches[key], first.name != second.name {
        renamed.append(
          Renamed(key: key, baseName: first.name, otherName: second.name, match: match))
      }
    }
  }

  /// Adds two tensors that belong together.
  private mutating func add(_ key: TensorKey, _ base: TensorInfo, _ other: TensorInfo) {
    let areDecodable = base.isDecodable && other.isDecodable
    guard base.logicalShape != other.logicalShape else {
      if areDecodable {
        pairs.append(Pair(key: key, base: base, other: other, shape: base.logicalShape))
      } else {
        notCompared.append(StoredPair(key: key, base: base, other: other))
      }
      return
    }
    let rows = areDecodable ? Self.commonRowCount(key, base, other) : 0
    resized.append(Resized(key: key, base: base, other: other, comparedRowCount: rows))
    if rows > 0 {
      let shape = [rows] + base.logicalShape.dropFirst()
      pairs.append(Pair(key: key, base: base, other: other, shape: shape))
    }
  }

  /// How many leading rows of two tensors stand for the same thing: those of a vocabulary that
  /// grew or shrank at its end.
  private static func commonRowCount(
    _ key: TensorKey, _ base: TensorInfo, _ other: TensorInfo
  ) -> Int {
    let (shape, otherShape) = (base.logicalShape, other.logicalShape)
    guard case .role(let role) = key, role.component == .token_embd || role.component == .output,
      shape.count == otherShape.count, shape.dropFirst() == otherShape.dropFirst(),
      let rows = shape.first, let otherRows = otherShape.first
    else { return 0 }
    return min(rows, otherRows)
  }

  /// Refuses two models whose parameters do not stand for the same things.
  private func refuseStrangers(_ base: any TensorSource, _ other: any TensorSource) throws {
    let isWhole =
      resized.isEmpty && renamed.isEmpty && (onlyInBase.isEmpty || onlyInOther.isEmpty)
    let hasNothing = pairs.isEmpty && notCompared.isEmpty
    if let first = base.architecture, let second = other.architecture,
      ArchitectureName.canonical(first) != ArchitectureName.canonical(second),
      hasNothing || !isWhole
    {
      throw InputError(
        path: other.path,
        "architecture '\(second)' cannot be compared with '\(first)' of \(base.path)")
    }
    if let first = base.config?.hiddenSize, let second = other.config?.hiddenSize, first != second {
      throw InputError(
        path: other.path,
        "hidden size \(second) cannot be compared with \(first) of \(base.path)")
    }
    guard !hasNothing else {
      throw InputError(
        path: other.path, "no tensor has a partner of the same shape in \(base.path)")
    }
  }

  private mutating func keep(
    _ isIncluded: (String) -> Bool, base: any TensorSource
  ) throws {
    func keeps(_ tensors: TensorInfo...) -> Bool {
      tensors.contains { $0.matches(isIncluded) }
    }
    pairs.removeAll { !keeps($0.base, $0.other) }
    resized.removeAll { !keeps($0.base, $0.other) }
    notCompared.removeAll { !keeps($0.base, $0.other) }
    onlyInBase.removeAll { !keeps($0) }
    onlyInOther.removeAll { !keeps($0) }
    buffers.removeAll { !keeps($0) }
    tiedCopies.removeAll { !isIncluded("\($0.role)") && !isIncluded($0.writtenName) }
    let compared = Set(pairs.map(\.key))
    renamed.removeAll { !compared.contains($0.key) }
    if pairs.isEmpty && resized.isEmpty && notCompared.isEmpty && onlyInBase.isEmpty
      && onlyInOther.isEmpty
    {
      throw InputError(path: base.path, "no tensor matches the filter")
    }
  }
}
