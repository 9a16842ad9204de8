/// Products of packed rows with the matrices of linear maps, shared by all threads.
struct ProductPass: Sendable {
  let workers: Workers
  let memory: BlockMemory

  private var kernels: Kernels { workers.kernels }

  /// Packs rows as the input of products.
  func pack(_ rows: Kernels.Rows, count: Int, width: Int, for operand: Operand) {
    workers.forRows(count, cost: width) { range in
      pack(rows, range, width: width, for: operand)
    }
  }

  /// Packs some of the rows, from a whole block on; a part of a thread's piece.
  func pack(_ rows: Kernels.Rows, _ range: Range<Int>, width: Int, for operand: Operand) {
    kernels.packActivations(
      operand, rows.from(row: range.lowerBound), m: range.count, k: width, into: memory.packed,
      first: range.lowerBound)
  }

  /// output = map(packed rows), for maps that take the same rows.
  func apply(_ maps: [(map: LinearMap, output: FloatBuffer)], rows: Int) {
    guard rows > 0, let inputCount = maps.first?.map.matrix.inputCount else { return }
    let panelCount = maps.reduce(0) { $0 + $1.map.matrix.panelCount }
    workers.forPanels(panelCount, rows: rows, inputs: inputCount) { range in
      var first = 0
      for (map, output) in maps {
        let end = first + map.matrix.panelCount
        let own = range.clamped(to: first..<end)
        if !own.isEmpty {
          let panels = own.lowerBound - first..<own.upperBound - first
          map.apply(
            kernels, memory.packed, rows: 0..<rows, panels: panels,
            output: .init(
              buffer: output, offset: panels.lowerBound * Kernels.panelWidth,
              stride: map.outputCount))
        }
        first = end
      }
    }
  }
}

extension Kernels.Rows {
  /// The rows from one on.
  func from(row: Int) -> Kernels.Rows {
    .init(buffer: buffer, offset: offset + row * stride, stride: stride)
  }
}
