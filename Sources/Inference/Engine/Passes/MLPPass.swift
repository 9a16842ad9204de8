/// The parts of layers that treat each row of a block by itself.
struct MLPPass: Sendable {
  let products: ProductPass

  private var workers: Workers { products.workers }
  private var kernels: Kernels { products.workers.kernels }
  private var memory: BlockMemory { products.memory }

  /// output = mlp(packed rows); the rows themselves are `input`.
  func run(_ weights: LayerWeights.MLP, input: Kernels.Rows, rows: Int, output: FloatBuffer) {
    switch weights {
    case .dense(let weights): run(weights, rows: rows, output: output)
    case .experts(let weights): run(weights, input: input, rows: rows, output: output)
    }
  }

  /// output = mlp(packed rows).
  private func run(_ weights: MLPWeights, rows: Int, output: FloatBuffer) {
    let width = weights.up.outputCount
    workers.forPanels(
      weights.up.matrix.panelCount, rows: rows, inputs: 2 * weights.up.matrix.inputCount
    ) { panels in
      let first = panels.lowerBound * Kernels.panelWidth
      let columns = min(panels.upperBound * Kernels.panelWidth, width) - first
      func part(_ buffer: FloatBuffer) -> Kernels.Rows {
        .init(buffer: buffer, offset: first, stride: width)
      }
      weights.up.apply(
        kernels, memory.packed, rows: 0..<rows, panels: panels, output: part(memory.up))
      weights.gate?.apply(
        kernels, memory.packed, rows: 0..<rows, panels: panels, output: part(memory.gate))
      for row in 0..<rows {
        let place = first + row * width
        if weights.gate == nil {
          kernels.activate(memory.up, weights.activation.kernel, at: place, n: columns)
        } else {
          kernels.gate(memory.gate, memory.up, weights.activation.kernel, at: place, n: columns)
        }
      }
    }
    products.pack(
      .init(buffer: memory.up, stride: width), count: rows, width: width,
      for: weights.down.matrix.operand)
    products.apply([(weights.down, output)], rows: rows)
  }

  // MARK: - Experts

  /// A row that an expert treats, and what its result counts.
  private struct Route {
    var row: Int
    var weight: Float
  }

  /// Each row's experts are added in the order of their numbers, then the shared one.
  private func run(
    _ weights: ExpertWeights, input: Kernels.Rows, rows: Int, output: FloatBuffer
  ) {
    let width = weights.router.matrix.inputCount
    let routes = route(weights, rows: rows)
    let shares = shared(weights, rows: rows)
    output.zero(at: 0, count: rows * width)
    for (number, routes) in routes.enumerated() where !routes.isEmpty {
      run(weights.experts[number], routes, of: input, width: width, to: output)
    }
    if let shared = weights.shared { run(shared.mlp, shares, of: input, width: width, to: output) }
  }

  /// Adds the weighted results of an MLP to the rows that it treats.
  private func run(
    _ weights: MLPWeights, _ routes: [Route], of input: Kernels.Rows, width: Int,
    to output: FloatBuffer
  ) {
    for (place, route) in routes.enumerated() {
      memory.gathered.copy(
        from: input.buffer, at: input.offset + route.row * input.stride, to: place * width,
        count: width)
    }
    products.pack(
      .init(buffer: memory.gathered, stride: width), count: routes.count, width: width,
      for: weights.up.matrix.operand)
    run(weights, rows: routes.count, output: memory.gathered)
    for (place, route) in routes.enumerated() {
      kernels.scale(memory.gathered, by: route.weight, at: place * width, n: width)
      kernels.add(
        output, at: route.row * width, memory.gathered, from: place * width, n: width)
    }
  }

  /// All rows with what the shared expert counts for each.
  private func shared(_ weights: ExpertWeights, rows: Int) -> [Route] {
    guard let shared = weights.shared else { return [] }
    products.apply([(shared.gate, memory.routes)], rows: rows)
    kernels.activate(memory.routes, Activation.sigmoid.kernel, n: rows)
    return (0..<rows).map { Route(row: $0, weight: memory.routes[$0]) }
  }

  /// The rows of each expert: of the softmax over all, the largest, the first among equals.
  private func route(_ weights: ExpertWeights, rows: Int) -> [[Route]] {
    let shape = weights.shape
    let routes = memory.routes
    products.apply([(weights.router, routes)], rows: rows)
    var all = [[Route]](repeating: [], count: shape.count)
    for row in 0..<rows {
      kernels.softmax(routes, at: row * shape.count, n: shape.count)
      let shares = (0..<shape.count).map { routes[row * shape.count + $0] }
      let chosen = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
        .prefix(shape.usedCount)
      let sum = shape.isNormalized ? chosen.reduce(Float(0)) { $0 + shares[$1] } : 1
      for number in chosen { all[number].append(Route(row: row, weight: shares[number] / sum)) }
    }
    return all
  }
}
