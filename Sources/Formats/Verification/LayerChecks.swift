import OrderedCollections

/// Looks for layers, and tensors in layers, that ought to be there.
struct LayerChecks {
  /// Layers whose tensors are called alike, such as those of the decoder.
  private struct Series {
    /// By layer: the names of its tensors with the layer's number left out.
    var layers: [Int: Set<String>] = [:]
    /// By such a name: one tensor that is called so.
    var examples: [String: TensorInfo] = [:]
  }

  /// Up to so many missing tensors or layers are named one by one.
  private static let namedLimit = 1000

  private let path: String
  private var series: OrderedDictionary<String, Series> = [:]

  init(_ tensors: [TensorInfo], path: String) {
    self.path = path
    for tensor in tensors where !tensor.isBuffer {
      guard let layer = tensor.layer, let place = Self.place(of: tensor, layer: layer) else {
        continue
      }
      series[place.series, default: Series()].layers[layer, default: []].insert(place.slot)
      series[place.series, default: Series()].examples[place.slot] = tensor
    }
  }

  /// A tensor's name before and behind the number of its layer.
  private static func place(
    of tensor: TensorInfo, layer: Int
  ) -> (series: String, slot: String)? {
    let parts = TensorName.split(tensor.name)
    guard let position = parts.firstIndex(where: { $0 == "\(layer)" }) else { return nil }
    return (
      parts[..<position].joined(separator: "."), parts[(position + 1)...].joined(separator: ".")
    )
  }

  /// Layers that are missing.
  ///
  /// - Parameters:
  ///   - expected: How many layers the configuration says there are: in the decoder, where it speaks
  ///     of an encoder too, and else in the largest stack.
  ///   - inEncoder: How many layers it says the encoder has.
  /// - Returns: One problem for each gap.
  func missingLayers(expected: Int?, inEncoder: Int? = nil) -> [CheckpointError] {
    // What the configuration counts is the stack with most tensors, not a tower beside it.
    let main = series.max { left, right in
      left.value.examples.count * left.value.layers.count
        < right.value.examples.count * right.value.layers.count
    }?.key
    var problems: [CheckpointError] = []
    for (name, series) in series {
      let present = series.layers.keys.sorted()
      let stated: Int? =
        if let inEncoder {
          Self.isEncoder(name) ? inEncoder : expected
        } else {
          name == main ? expected : nil
        }
      let end = max(stated ?? 0, (present.last ?? -1) + 1)
      var next = 0
      for layer in present + [end] {
        if layer > next {
          problems.append(
            CheckpointError(
              .missingLayers(first: next, last: layer - 1, found: present.count), path: path,
              tensor: "\(name).\(next)"))
        }
        next = layer + 1
      }
      if let stated, end > stated {
        problems.append(
          CheckpointError(.extraLayers(found: end, expected: stated), path: path))
      }
    }
    return problems
  }

  /// Whether layers of this name are those of an encoder.
  private static func isEncoder(_ series: String) -> Bool {
    series.hasPrefix("enc") || series.contains(".encoder.")
  }

  /// Tensors that a layer lacks though all others of its stack have them.
  ///
  /// A layer that has something that the others lack is built in another way and is let be.
  func missingTensors() -> [CheckpointError] {
    var problems: [CheckpointError] = []
    for (name, series) in series where series.layers.count > 2 {
      var counts: [String: Int] = [:]
      for slots in series.layers.values { for slot in slots { counts[slot, default: 0] += 1 } }
      let common = Set(counts.filter { $0.value >= series.layers.count - 1 }.keys)
      for (layer, slots) in series.layers.sorted(by: { $0.key < $1.key })
      where slots.isSubset(of: common) {
        for slot in common.subtracting(slots).sorted() {
          problems.append(
            CheckpointError(
              .missingInLayer(layer: layer), path: path, tensor: "\(name).\(layer).\(slot)"))
        }
      }
    }
    return Array(problems.prefix(Self.namedLimit))
  }
}
