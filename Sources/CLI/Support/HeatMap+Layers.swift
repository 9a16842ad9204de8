import Diff
import Formats

extension HeatMap {
  /// The relative L2 of each component in each layer; `nil` for fewer than two layers.
  init?(layersOf comparison: CheckpointComparison) {
    var squares: [DriftUnit: [Role.Component: (base: Double, delta: Double)]] = [:]
    var layers: [DriftUnit] = []
    var components: Set<Role.Component> = []
    for tensor in comparison.tensors {
      guard let role = tensor.role, let layer = role.layer else { continue }
      let unit = DriftUnit.layer(LayerKey(stack: role.stack, layer: layer))
      if squares[unit] == nil { layers.append(unit) }
      components.insert(role.component)
      // Weights with their biases, and all experts, are one cell.
      let sum = squares[unit]?[role.component] ?? (0, 0)
      let (base, delta) = (tensor.metrics.l2Base, tensor.metrics.l2Delta)
      squares[unit, default: [:]][role.component] = (
        sum.base + base * base, sum.delta + delta * delta
      )
    }
    guard layers.count > 1 else { return nil }
    let columns = Role.Component.allCases.filter(components.contains)
    self.init(
      title: "relative L2 of Δ by layer and component", rowTitle: "layer",
      columns: columns.map(\.rawValue),
      rows: layers.map { layer in
        let values = columns.map { component in
          squares[layer]?[component].flatMap { sum in
            sum.base > 0 ? (sum.delta / sum.base).squareRoot() : nil
          }
        }
        return (layer.label, values)
      })
  }
}
