/// The weights of one linear map, [outputs, inputs], packed once for the product kernels.
struct PackedMatrix: Sendable {
  /// The rows of the stored tensor: the features that come out.
  let outputCount: Int
  /// The elements of a row: the features that go in.
  let inputCount: Int
  private let panels: FloatBuffer

  /// Packs rows of a matrix whose values are given row-major, in the order in which they are named.
  init(_ values: FloatBuffer, rows: [Range<Int>], inputCount: Int) {
    outputCount = rows.reduce(0) { $0 + $1.count }
    self.inputCount = inputCount
    panels = FloatBuffer(count: Kernels.packedCount(n: outputCount, k: inputCount))
    var first = 0
    for run in rows {
      Kernels.best.pack(
        .init(buffer: values, offset: run.lowerBound * inputCount, stride: inputCount),
        n: run.count, k: inputCount, into: panels, first: first)
      first += run.count
    }
  }

  /// output [rows, outputs] = input [rows, inputs] × Wᵀ.
  func apply(_ kernels: Kernels, _ input: Kernels.Rows, rows: Int, output: Kernels.Rows) {
    kernels.product(
      input, m: rows, panels: panels, packedK: inputCount, n: outputCount, k: inputCount,
      output: output)
  }
}
