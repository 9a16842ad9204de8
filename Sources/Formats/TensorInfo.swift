/// One tensor of a checkpoint: what it is called, what it is for, and where its bytes lie.
///
/// Every field has been checked against the file when the checkpoint was opened.
public struct TensorInfo: Sendable, Hashable {
  /// The name exactly as written in the file.
  public var name: String
  /// What it is for; `nil` if the name is not known.
  public var role: Role?
  /// The layer, counted from 0: that of the role, else what the name suggests.
  public var layer: Int?
  /// Axis sizes outermost first; the last axis varies fastest, for GGUF too.
  public var shape: [Int]
  /// How elements are stored.
  public var dtype: DType
  /// How many elements there are: the product of the shape.
  public var elementCount: Int
  /// How many bytes they take; for an unknown dtype the distance to the next tensor's data.
  public var byteCount: Int
  /// The shard that holds it, counted from 0.
  public var shardIndex: Int
  /// Where its data begins in the shard's file; for a packed tensor, where the packed data begin.
  public var fileOffset: Int
  /// What sets its values apart from numbers of this machine in the logical order; `nil` for none.
  private var peculiarities: TensorPeculiarities?

  /// Creates a description.
  public init(
    name: String, role: Role?, shape: [Int], dtype: DType, elementCount: Int, byteCount: Int,
    shardIndex: Int, fileOffset: Int, layer: Int? = nil, layout: TensorLayout = .logical
  ) {
    self.name = name
    self.role = role
    self.layer = layer ?? role?.layer
    self.shape = shape
    self.dtype = dtype
    self.elementCount = elementCount
    self.byteCount = byteCount
    self.shardIndex = shardIndex
    self.fileOffset = fileOffset
    self.layout = layout
  }

  /// How the values lie in the file.
  public var layout: TensorLayout {
    get { peculiarities?.layout ?? .logical }
    set { TensorPeculiarities.set(\.layout, to: newValue, in: &peculiarities) }
  }

  /// Whether the numbers in its data have their most significant byte first.
  var isBigEndian: Bool {
    get { peculiarities?.isBigEndian ?? false }
    set { TensorPeculiarities.set(\.isBigEndian, to: newValue, in: &peculiarities) }
  }

  /// What the decoded values are multiplied with: nothing, one factor, or one for each expert.
  var scales: [Float] {
    get { peculiarities?.scales ?? [] }
    set { TensorPeculiarities.set(\.scales, to: newValue, in: &peculiarities) }
  }

  /// Whether the values are the decoded numbers times a factor, so that their steps are not those of
  /// the dtype.
  public var isScaled: Bool { !scales.isEmpty }

  /// The distance between neighbours on each axis, counted in elements, where they do not lie one
  /// after the other; otherwise `nil`.
  var strides: [Int]? {
    get { peculiarities?.strides }
    set { TensorPeculiarities.set(\.strides, to: newValue, in: &peculiarities) }
  }

  /// The packed entry of an archive that holds its data; `nil` if the file holds them as they are.
  var packed: PackedStorage? {
    get { peculiarities?.packed }
    set { TensorPeculiarities.set(\.packed, to: newValue, in: &peculiarities) }
  }

  /// Whether the values are computed from the configuration and nothing in them was learned.
  public var isBuffer: Bool { role?.component.isBuffer ?? false }

  /// Whether a filter takes the tensor: asked with its name and its role, one yes is enough.
  public func matches(_ isIncluded: (String) -> Bool) -> Bool {
    isIncluded(name) || role.map { isIncluded($0.description) } ?? false
  }

  /// The axis sizes that the tensor has in a Hugging Face checkpoint, outermost first.
  public var logicalShape: [Int] {
    guard layout.isTransposed, shape.count >= 2 else { return shape }
    return shape.dropLast(2) + [shape[shape.count - 1], shape[shape.count - 2]]
  }

  /// The axis sizes in an order.
  public func shape(in order: RowOrder) -> [Int] { order == .logical ? logicalShape : shape }

  /// The stack that the tensor belongs to: that of the role, else what the name suggests.
  public var stack: Role.Stack {
    role?.stack ?? (TensorName.split(name).contains("encoder") ? .encoder : .decoder)
  }

  /// How many rows there are: the size of the outermost axis, 1 for a scalar.
  public var rowCount: Int { shape.first ?? 1 }

  /// How many elements one row has: 1 for a vector.
  public var rowElements: Int { rowCount == 0 ? 0 : elementCount / rowCount }
}

/// The order in which values are wanted.
public enum RowOrder: Sendable, Hashable {
  /// As they lie in the file.
  case stored
  /// As Hugging Face checkpoints have them, see ``TensorLayout``.
  case logical
}
