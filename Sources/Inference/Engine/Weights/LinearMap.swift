/// One linear map: W x + b.
struct LinearMap: Sendable {
  let matrix: PackedMatrix
  /// Shape [outputs]; `nil` for none.
  let bias: FloatBuffer?

  /// The features that come out.
  var outputCount: Int { matrix.outputCount }

  /// output [rows, some outputs] = input [rows, inputs] × Wᵀ + b, for the outputs of some panels.
  ///
  /// - Parameters:
  ///   - kernels: What computes.
  ///   - input: Packed rows, as the matrix's operand.
  ///   - rows: Which of them; from a whole block on.
  ///   - panels: Which panels.
  ///   - output: Where the first of these rows and outputs goes.
  func apply(
    _ kernels: Kernels, _ input: ByteBuffer, rows: Range<Int>, panels: Range<Int>,
    output: Kernels.Rows
  ) {
    kernels.product(
      matrix.operand, input, rows: rows, panels: matrix.panels, panelRange: panels, n: outputCount,
      k: matrix.inputCount, output: output)
    guard let bias else { return }
    let first = panels.lowerBound * Kernels.panelWidth
    let columns = min(panels.upperBound * Kernels.panelWidth, outputCount) - first
    kernels.add(bias, from: first, toEachOf: output, m: rows.count, n: columns)
  }
}
