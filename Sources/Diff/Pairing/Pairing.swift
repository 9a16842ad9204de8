import Core
public import Formats

/// Which tensor of one checkpoint is compared with which of another.
///
/// Tensors meet by role, whatever their format calls them; those without a role by name.
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
  }

  /// The pairs, in the order of the model: embedding, layers, head, then nameless roles by name.
  public var pairs: [Pair]
  /// The tensors that only the base has.
  public var onlyInBase: [TensorInfo]
  /// The tensors that only the other has.
  public var onlyInOther: [TensorInfo]
  /// The pairs whose shapes differ.
  public var resized: [Resized]
  /// The tensors that only one of the two has and that are computed from its configuration, such
  /// as rotary frequencies: not learned, and no difference between models.
  public var buffers: [TensorInfo]
  /// What was measured of the orders of rows, where a file leaves them open.
  public var rowOrders: [RowOrderEvidence]

  init() {
    pairs = []
    onlyInBase = []
    onlyInOther = []
    resized = []
    buffers = []
    rowOrders = []
  }

  /// Pairs the tensors of two checkpoints.
  ///
  /// What one of them has in a larger tensor than the other is taken apart, and the order of rows
  /// is measured on a sample of them where a file leaves it open.
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
  }

  private init(matching base: TensorIndex, with other: TensorIndex) {
    pairs = []
    resized = []
    rowOrders = base.rowOrders + other.rowOrders
    let alone = base.keys.filter { other[$0] == nil }.compactMap { base[$0] }
    let otherAlone = other.keys.filter { base[$0] == nil }.compactMap { other[$0] }
    onlyInBase = alone.filter { !$0.isBuffer }
    onlyInOther = otherAlone.filter { !$0.isBuffer }
    buffers = (alone + otherAlone).filter(\.isBuffer)
    for key in base.keys {
      guard let first = base[key], let second = other[key] else { continue }
      if first.logicalShape == second.logicalShape {
        pairs.append(Pair(key: key, base: first, other: second, shape: first.logicalShape))
      } else {
        let rows = Self.commonRowCount(key, first, second)
        resized.append(Resized(key: key, base: first, other: second, comparedRowCount: rows))
        if rows > 0 {
          let shape = [rows] + first.logicalShape.dropFirst()
          pairs.append(Pair(key: key, base: first, other: second, shape: shape))
        }
      }
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
    let isWhole = resized.isEmpty && (onlyInBase.isEmpty || onlyInOther.isEmpty)
    if let first = base.architecture, let second = other.architecture,
      ArchitectureName.canonical(first) != ArchitectureName.canonical(second),
      pairs.isEmpty || !isWhole
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
    guard !pairs.isEmpty else {
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
    onlyInBase.removeAll { !keeps($0) }
    onlyInOther.removeAll { !keeps($0) }
    buffers.removeAll { !keeps($0) }
    if pairs.isEmpty && resized.isEmpty && onlyInBase.isEmpty && onlyInOther.isEmpty {
      throw InputError(path: base.path, "no tensor matches the filter")
    }
  }
}
