import Formats

/// How a tensor that holds several projections is cut into them.
struct FusedCut {
  private let fused: TensorInfo
  /// What each projection is for, and its size along the axis of the outputs.
  private let components: [Role.Component]
  private let sizes: [Int]
  /// Whether outputs are columns, as the linear layers of GPT-2 have them.
  private let cutsColumns: Bool
  private let readsSlices: Bool

  /// Finds the cut from the tensors that another checkpoint has for the projections; `nil` if their
  /// shapes do not add up to that of the fused tensor.
  ///
  /// - Parameters:
  ///   - fused: The tensor that holds all of them.
  ///   - partners: The projections' tensors in the other checkpoint, in the order in which `fused`
  ///     has them.
  ///   - readsSlices: Whether the source of `fused` can read pieces by their bytes.
  init?(_ fused: TensorInfo, into partners: [TensorInfo], readsSlices: Bool) {
    let shape = fused.logicalShape
    let shapes = partners.map(\.logicalShape)
    let components = partners.compactMap(\.role?.component)
    guard !shape.isEmpty, components.count == partners.count, fused.elementCount > 0,
      shapes.allSatisfy({ $0.count == shape.count })
    else { return nil }
    let axes = shape.count == 2 ? [0, 1] : [0]
    let axis = axes.first { axis in
      shape[axis] == shapes.reduce(0) { $0 + $1[axis] }
        && shapes.allSatisfy { other in
          shape.indices.allSatisfy { $0 == axis || shape[$0] == other[$0] }
        }
    }
    guard let axis else { return nil }
    self.fused = fused
    self.components = components
    self.readsSlices = readsSlices
    sizes = shapes.map { $0[axis] }
    cutsColumns = axis == 1
  }

  /// The projections, which lie one after the other.
  var parts: [TensorPart] {
    if !cutsColumns, readsSlices, fused.role?.component == .attn_qkv,
      let slices = fused.projections(rowCounts: sizes)
    {
      return slices.map { TensorPart(info: $0) }
    }
    let shape = fused.logicalShape
    let columns = shape.dropFirst().reduce(1, *)
    var start = 0
    return zip(components, sizes).map { component, size in
      defer { start += size }
      let range = start..<start + size
      guard cutsColumns else {
        return fused.part(
          "\(range)", component: component, shape: [size] + shape.dropFirst(),
          start: start * columns, runElements: size * columns, stride: size * columns)
      }
      return fused.part(
        "all, \(range)", component: component, shape: [shape[0], size], start: start,
        runElements: size, stride: columns)
    }
  }

  /// Queries, keys and values where the heads of queries that share a key are followed by it and by
  /// its value: BLOOM, GPT-NeoX, Falcon.
  func parts(grouped heads: AttentionHeads) -> [TensorPart] {
    let shape = fused.logicalShape
    let slots = heads.query + 2 * heads.keyValue
    guard !cutsColumns, heads.keyValue > 0, heads.query % heads.keyValue == 0,
      shape[0] % slots == 0
    else { return [] }
    let headRows = shape[0] / slots
    let groupHeads = heads.query / heads.keyValue
    let columns = shape.dropFirst().reduce(1, *)
    let runs = [0..<groupHeads, groupHeads..<groupHeads + 1, groupHeads + 1..<groupHeads + 2]
    guard sizes == runs.map({ $0.count * heads.keyValue * headRows }) else { return [] }
    return zip(components, runs).map { component, run in
      let rows = run.count * headRows
      return fused.part(
        component.rawValue, component: component,
        shape: [rows * heads.keyValue] + shape.dropFirst(),
        start: run.lowerBound * headRows * columns, runElements: rows * columns,
        stride: (groupHeads + 2) * headRows * columns)
    }
  }
}
