/// A normalisation of rows with its weights.
struct NormWeights: Sendable {
  private let norm: Architecture.Norm
  /// Shape [width]; ones where the norm has no weights.
  private let weight: FloatBuffer
  /// Shape [width]; zeros where it has no bias.
  private let bias: FloatBuffer

  /// Takes the weights that there are.
  init(_ norm: Architecture.Norm, width: Int, weight: FloatBuffer?, bias: FloatBuffer?) {
    self.norm = norm
    self.bias = bias ?? FloatBuffer(count: width)
    self.weight = weight ?? FloatBuffer(count: width)
    let offset = weight == nil ? 1 : norm.weightOffset
    guard offset != 0 else { return }
    for index in 0..<width { self.weight[index] += offset }
  }

  /// Weight and bias.
  var vectors: [FloatBuffer] { [weight, bias] }

  /// How many elements a row has.
  var width: Int { weight.count }

  /// Each of `rows` rows of `output` = the row of `input`, normalised; they may be the same.
  func apply(_ kernels: Kernels, _ input: Kernels.Rows, rows: Int, output: Kernels.Rows) {
    switch norm.kind {
    case .rms:
      kernels.rmsNorm(
        input, weight: weight, epsilon: norm.epsilon, m: rows, n: width, output: output)
    case .layer:
      kernels.layerNorm(
        input, weight: weight, bias: bias, epsilon: norm.epsilon, m: rows, n: width,
        output: output)
    }
  }

  /// The same for rows one behind the other.
  func apply(_ kernels: Kernels, _ input: FloatBuffer, rows: Int, output: FloatBuffer) {
    apply(
      kernels, Kernels.Rows(buffer: input, stride: width), rows: rows,
      output: .init(buffer: output, stride: width))
  }
}
