/// Layers in a row that are built the same way, or one tensor outside layers.
public struct LayerGroup: Sendable, Equatable {
  /// What it is, such as `layers 0–3` or `token_embd.weight`.
  public var title: String
  /// How many tensors it has.
  public var tensorCount: Int
  /// How many elements they have.
  public var parameterCount: Int
  /// How many bytes they take.
  public var byteCount: Int
  /// Their dtypes, each once, in order of appearance.
  public var dtypes: [DType]
  /// The shape, if it is one tensor.
  public var shape: [Int]?

  /// Groups tensors that come in the order of ``CheckpointReport/tensors``.
  static func groups(_ tensors: [TensorInfo]) -> [LayerGroup] {
    var groups: [LayerGroup] = []
    var run: LayerRun?
    for part in split(tensors) {
      let next = LayerRun(tensors, part)
      if let last = run, last.isContinued(by: next) {
        run = last.continued(by: next)
      } else {
        if let run { groups.append(LayerGroup(title: run.title, run.tensors)) }
        run = next
      }
    }
    if let run { groups.append(LayerGroup(title: run.title, run.tensors)) }
    return groups
  }

  /// Neighbours of one layer together, tensors outside layers alone.
  private static func split(_ tensors: [TensorInfo]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    while start < tensors.count {
      let first = tensors[start]
      var end = start + 1
      if let layer = first.layer {
        let stack = first.stack
        while end < tensors.count, tensors[end].layer == layer, tensors[end].stack == stack {
          end += 1
        }
      }
      parts.append(start..<end)
      start = end
    }
    return parts
  }

  private init(title: String, _ tensors: ArraySlice<TensorInfo>) {
    self.title = title
    tensorCount = tensors.count
    parameterCount = tensors.reduce(0) { $0 + $1.elementCount }
    byteCount = tensors.reduce(0) { $0 + $1.byteCount }
    dtypes = tensors.reduce(into: []) { dtypes, tensor in
      if !dtypes.contains(tensor.dtype) { dtypes.append(tensor.dtype) }
    }
    shape = tensors.count == 1 ? tensors.first?.shape : nil
  }
}

/// Equal layers in a row, or one tensor outside layers.
private struct LayerRun {
  /// `nil` outside layers.
  var layers: ClosedRange<Int>?
  /// How its layers are built.
  var structure: [TensorStructure]
  /// All tensors, and where those of the run stand among them.
  private let all: [TensorInfo]
  private var range: Range<Int>

  init(_ all: [TensorInfo], _ range: Range<Int>) {
    self.all = all
    self.range = range
    let layer = all[range].first?.layer
    layers = layer.map { $0...$0 }
    structure = layer == nil ? [] : all[range].map(TensorStructure.init)
    // Tensors with roles come in the order of the model; others as the files have them.
    if tensors.first?.role == nil { structure.sort { $0.name < $1.name } }
  }

  var tensors: ArraySlice<TensorInfo> { all[range] }

  var title: String {
    guard let layers else { return tensors.first?.name ?? "" }
    let role = tensors.first?.role
    let stack = role?.hasTwoStacks ?? false ? role.map { "\($0.stack.rawValue) " } ?? "" : ""
    return layers.count == 1
      ? "\(stack)layer \(layers.lowerBound)"
      : "\(stack)layers \(layers.lowerBound)–\(layers.upperBound)"
  }

  func isContinued(by next: LayerRun) -> Bool {
    guard tensors.first?.stack == next.tensors.first?.stack, let own = layers?.upperBound,
      let other = next.layers?.lowerBound
    else { return false }
    return own + 1 == other && structure == next.structure
  }

  /// The run with the next one, whose tensors lie behind its own.
  func continued(by next: LayerRun) -> LayerRun {
    var run = self
    if let own = layers, let other = next.layers { run.layers = own.lowerBound...other.upperBound }
    run.range = range.lowerBound..<next.range.upperBound
    return run
  }
}

/// What must be equal for two layers to be built the same way.
private struct TensorStructure: Equatable {
  /// The role without the layer.
  var role: Role?
  /// Without a role, the name without the first part that is the layer's number.
  var name = ""
  var shape: [Int]
  var dtype: DType

  init(_ tensor: TensorInfo) {
    shape = tensor.shape
    dtype = tensor.dtype
    role = tensor.role
    role?.layer = nil
    guard role == nil else { return }
    var parts = TensorName.split(tensor.name).map(String.init)
    let number = tensor.layer.map { "\($0)" }
    if let position = parts.firstIndex(where: { $0 == number }) { parts[position] = "N" }
    name = parts.joined(separator: ".")
  }
}
