/// What few tensors have and most have not, behind one reference: checkpoints may have a hundred
/// thousand tensors, and their descriptions are copied often.
struct TensorPeculiarities: Sendable {
  /// The values themselves.
  struct Values: Sendable, Hashable {
    var layout = TensorLayout.logical
    var isBigEndian = false
    var scales: [Float] = []
    var strides: [Int]?
    var packed: PackedStorage?

    static let none = Values()
  }

  private final class Box: Sendable {
    let values: Values

    init(_ values: Values) { self.values = values }
  }

  private let box: Box

  private init(_ values: Values) { box = Box(values) }

  var layout: TensorLayout { box.values.layout }
  var isBigEndian: Bool { box.values.isBigEndian }
  var scales: [Float] { box.values.scales }
  var strides: [Int]? { box.values.strides }
  var packed: PackedStorage? { box.values.packed }

  /// Changes one value; `nil` stands for those of a tensor that has none.
  static func set<Value: Equatable>(
    _ path: WritableKeyPath<Values, Value>, to value: Value, in peculiarities: inout Self?
  ) {
    var values = peculiarities?.box.values ?? .none
    guard values[keyPath: path] != value else { return }
    values[keyPath: path] = value
    peculiarities = values == .none ? nil : Self(values)
  }
}

extension TensorPeculiarities: Hashable {
  static func == (left: Self, right: Self) -> Bool {
    left.box === right.box || left.box.values == right.box.values
  }

  func hash(into hasher: inout Hasher) { hasher.combine(box.values) }
}
