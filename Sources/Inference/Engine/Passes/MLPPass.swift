/// One thread's MLPs, with the scratch memory they need.
struct MLPPass {
  private let kernels: Kernels
  private var gate = FloatBuffer(count: 0)
  private var up = FloatBuffer(count: 0)
  private var routes = FloatBuffer(count: 0)
  private var gathered = FloatBuffer(count: 0)
  private var result = FloatBuffer(count: 0)

  init(kernels: Kernels) { self.kernels = kernels }

  /// output = mlp(input), rows of [hidden] each.
  mutating func run(
    _ weights: LayerWeights.MLP, input: FloatBuffer, rows: Int, output: FloatBuffer
  ) {
    switch weights {
    case .dense(let weights): run(weights, input: input, rows: rows, output: output)
    case .experts(let weights): run(weights, input: input, rows: rows, output: output)
    }
  }

  private mutating func run(
    _ weights: MLPWeights, input: FloatBuffer, rows: Int, output: FloatBuffer
  ) {
    let count = rows * weights.up.outputCount
    FloatBuffer.grow(&up, to: count)
    weights.up.apply(kernels, input, rows: rows, output: up)
    if let gateMap = weights.gate {
      FloatBuffer.grow(&gate, to: count)
      gateMap.apply(kernels, input, rows: rows, output: gate)
      kernels.activate(gate, weights.activation.kernel, n: count)
      kernels.multiply(up, gate, n: count)
    } else {
      kernels.activate(up, weights.activation.kernel, n: count)
    }
    weights.down.apply(kernels, up, rows: rows, output: output)
  }

  // MARK: - Experts

  /// A row that an expert treats, and what its result counts.
  private struct Route {
    var row: Int
    var weight: Float
  }

  /// Each row's experts are added in the order of their numbers, then the shared one.
  private mutating func run(
    _ weights: ExpertWeights, input: FloatBuffer, rows: Int, output: FloatBuffer
  ) {
    let width = weights.router.matrix.inputCount
    FloatBuffer.grow(&gathered, to: rows * width)
    FloatBuffer.grow(&result, to: rows * width)
    output.zero(at: 0, count: rows * width)
    for (number, routes) in route(weights, input: input, rows: rows).enumerated()
    where !routes.isEmpty {
      for (place, route) in routes.enumerated() {
        gathered.copy(from: input, at: route.row * width, to: place * width, count: width)
      }
      run(weights.experts[number], input: gathered, rows: routes.count, output: result)
      add(routes, width: width, to: output)
    }
    guard let shared = weights.shared else { return }
    FloatBuffer.grow(&self.routes, to: rows)
    shared.gate.apply(kernels, input, rows: rows, output: self.routes)
    kernels.activate(self.routes, Activation.sigmoid.kernel, n: rows)
    run(shared.mlp, input: input, rows: rows, output: result)
    add((0..<rows).map { Route(row: $0, weight: self.routes[$0]) }, width: width, to: output)
  }

  /// Adds weighted results to the rows that they belong to.
  private func add(_ routes: [Route], width: Int, to output: FloatBuffer) {
    for (place, route) in routes.enumerated() {
      kernels.scale(result, by: route.weight, at: place * width, n: width)
      kernels.add(output, at: route.row * width, result, from: place * width, n: width)
    }
  }

  /// The rows of each expert: of the softmax over all, the largest, the first among equals.
  private mutating func route(
    _ weights: ExpertWeights, input: FloatBuffer, rows: Int
  ) -> [[Route]] {
    let shape = weights.shape
    FloatBuffer.grow(&routes, to: rows * shape.count)
    weights.router.apply(kernels, input, rows: rows, output: routes)
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
