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
    var run: (layers: ClosedRange<Int>, structure: [TensorStructure], tensors: [TensorInfo])?
    func close() {
      guard let closed = run else { return }
      let layers = closed.layers
      let range =
        layers.count > 1 ? "\(layers.lowerBound)–\(layers.upperBound)" : "\(layers.lowerBound)"
      let title = "layer\(layers.count > 1 ? "s" : "") \(range)"
      groups.append(LayerGroup(title: title, closed.tensors))
      run = nil
    }
    for part in split(tensors) {
      guard let layer = part[0].layer else {
        close()
        groups.append(LayerGroup(title: part[0].name, part))
        continue
      }
      let structure = part.map(TensorStructure.init).sorted()
      if let open = run, open.layers.upperBound + 1 == layer, open.structure == structure {
        run = (open.layers.lowerBound...layer, structure, open.tensors + part)
      } else {
        close()
        run = (layer...layer, structure, part)
      }
    }
    close()
    return groups
  }

  /// Neighbours of one layer together, tensors outside layers alone.
  private static func split(_ tensors: [TensorInfo]) -> [[TensorInfo]] {
    tensors.reduce(into: []) { parts, tensor in
      if let layer = tensor.layer, let last = parts.last?.first, last.layer == layer,
        last.role?.stack == tensor.role?.stack
      {
        parts[parts.count - 1].append(tensor)
      } else {
        parts.append([tensor])
      }
    }
  }

  private init(title: String, _ tensors: [TensorInfo]) {
    self.title = title
    tensorCount = tensors.count
    parameterCount = tensors.reduce(0) { $0 + $1.elementCount }
    byteCount = tensors.reduce(0) { $0 + $1.byteCount }
    dtypes = tensors.reduce(into: []) { dtypes, tensor in
      if !dtypes.contains(tensor.dtype) { dtypes.append(tensor.dtype) }
    }
    shape = tensors.count == 1 ? tensors[0].shape : nil
  }
}

/// What must be equal for two layers to be built the same way.
private struct TensorStructure: Comparable {
  /// The name without the layer's number.
  var name: String
  var shape: [Int]
  var dtype: DType

  init(_ tensor: TensorInfo) {
    name = tensor.name.split(separator: ".").map { part in
      tensor.layer.map { "\($0)" == part } ?? false ? "N" : String(part)
    }.joined(separator: ".")
    shape = tensor.shape
    dtype = tensor.dtype
  }

  static func < (left: TensorStructure, right: TensorStructure) -> Bool { left.name < right.name }
}
