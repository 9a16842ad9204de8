/// One linear map: W x + b.
struct LinearMap: Sendable {
  let matrix: PackedMatrix
  /// Shape [outputs]; `nil` for none.
  let bias: FloatBuffer?

  /// The features that come out.
  var outputCount: Int { matrix.outputCount }

  /// output [rows, outputs] = input [rows, inputs] × Wᵀ + b, all rows one behind the other.
  func apply(
    _ kernels: Kernels, _ input: FloatBuffer, at offset: Int = 0, rows: Int, output: FloatBuffer,
    outputOffset: Int = 0
  ) {
    let result = Kernels.Rows(buffer: output, offset: outputOffset, stride: outputCount)
    matrix.apply(
      kernels, .init(buffer: input, offset: offset, stride: matrix.inputCount), rows: rows,
      output: result)
    if let bias { kernels.add(bias, toEachOf: result, m: rows, n: outputCount) }
  }
}
