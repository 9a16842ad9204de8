/// The weights of one linear layer, [outputs, inputs], packed once for the product kernels.
struct PackedMatrix: Sendable {
  /// The rows of the stored tensor: the features that come out.
  let outputCount: Int
  /// The elements of a row: the features that go in.
  let inputCount: Int
  private let panels: FloatBuffer

  /// Packs a tensor's values, row-major, `outputCount` × `inputCount`.
  init(_ values: FloatBuffer, outputCount: Int, inputCount: Int) {
    self.outputCount = outputCount
    self.inputCount = inputCount
    panels = FloatBuffer(count: Kernels.packedCount(n: outputCount, k: inputCount))
    Kernels.best.pack(
      .init(buffer: values, stride: inputCount), n: outputCount, k: inputCount, into: panels)
  }

  /// output [rows, outputs] = input [rows, inputs] × Wᵀ.
  func apply(_ kernels: Kernels, _ input: Kernels.Rows, rows: Int, output: Kernels.Rows) {
    kernels.product(
      input, m: rows, panels: panels, packedK: inputCount, n: outputCount, k: inputCount,
      output: output)
  }
}
