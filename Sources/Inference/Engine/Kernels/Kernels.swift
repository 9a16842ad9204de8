import CKernels

/// The kernels of one instruction set, with every range checked before C sees a pointer.
struct Kernels: Sendable {
  let set: lethe_kernel_set

  /// The best kernels of this machine.
  static let best = Kernels(set: lethe_best_kernel_set())

  /// Every kernel set that this machine can run, the scalar twins first.
  static let available: [Kernels] = (0...lethe_best_kernel_set().rawValue).map {
    Kernels(set: lethe_kernel_set(rawValue: $0))
  }

  /// Whether the processor multiplies bf16 itself.
  var multipliesBF16: Bool { self.set.rawValue >= LETHE_KERNELS_AVX512_BF16.rawValue }

  private init(set: lethe_kernel_set) { self.set = set }

  /// The name that results record, such as `avx512`.
  var name: String { unsafe String(cString: lethe_kernel_set_name(set)) }

  /// A place in a buffer where a matrix starts, and how far its rows are apart, in floats.
  struct Rows {
    var buffer: FloatBuffer
    var offset = 0
    var stride: Int

    /// The first `rows` rows of `columns` floats, checked against the buffer.
    func pointer(rows: Int, columns: Int) -> UnsafeMutablePointer<Float> {
      precondition(columns <= stride || rows <= 1, "rows overlap")
      return unsafe buffer.pointer(
        at: offset, needed: rows == 0 ? 0 : (rows - 1) * stride + columns)
    }
  }

  /// Each row of `output` = the row of `input`, normalised by its root mean square and weighted.
  func rmsNorm(_ input: Rows, weight: FloatBuffer, epsilon: Float, m: Int, n: Int, output: Rows) {
    let x = unsafe input.pointer(rows: m, columns: n)
    let out = unsafe output.pointer(rows: m, columns: n)
    for row in 0..<m {
      unsafe lethe_rms_norm(
        set, x + row * input.stride, weight.pointer(at: 0, needed: n), n, epsilon,
        out + row * output.stride)
    }
  }

  /// Each row of `output` = the row of `input`, brought to mean 0 and variance 1, weighted, with a
  /// bias.
  func layerNorm(
    _ input: Rows, weight: FloatBuffer, bias: FloatBuffer, epsilon: Float, m: Int, n: Int,
    output: Rows
  ) {
    let x = unsafe input.pointer(rows: m, columns: n)
    let out = unsafe output.pointer(rows: m, columns: n)
    for row in 0..<m {
      unsafe lethe_layer_norm(
        set, x + row * input.stride, weight.pointer(at: 0, needed: n),
        bias.pointer(at: 0, needed: n), n, epsilon, out + row * output.stride)
    }
  }

  /// Adds the `n` floats of a vector from `start` on to each row.
  func add(_ vector: FloatBuffer, from start: Int = 0, toEachOf rows: Rows, m: Int, n: Int) {
    let x = unsafe rows.pointer(rows: m, columns: n)
    for row in 0..<m {
      unsafe lethe_add(set, x + row * rows.stride, vector.pointer(at: start, needed: n), n)
    }
  }

  /// Softmax of the first `n` floats from `offset` on.
  func softmax(_ buffer: FloatBuffer, at offset: Int, n: Int) {
    precondition(n > 0, "softmax of nothing")
    unsafe lethe_softmax(set, buffer.pointer(at: offset, needed: n), n)
  }

  /// x = f(x), element by element, of the `n` floats from `offset` on.
  func activate(_ x: FloatBuffer, _ function: lethe_activation, at offset: Int = 0, n: Int) {
    unsafe lethe_activate(set, function, x.pointer(at: offset, needed: n), n)
  }

  /// x = tanh(x / cap) · cap, element by element.
  func softCap(_ x: FloatBuffer, _ cap: Float, at offset: Int = 0, n: Int) {
    unsafe lethe_soft_cap(set, x.pointer(at: offset, needed: n), cap, n)
  }

  /// Holds elements within ± `bound`.
  func clip(_ x: FloatBuffer, to bound: Float, at offset: Int = 0, n: Int) {
    unsafe lethe_clip(set, x.pointer(at: offset, needed: n), bound, n)
  }

  /// x = x + y, element by element, of the floats from an offset on.
  func add(
    _ x: FloatBuffer, at offset: Int = 0, _ y: FloatBuffer, from start: Int = 0, n: Int
  ) {
    unsafe lethe_add(
      set, x.pointer(at: offset, needed: n), y.pointer(at: start, needed: n), n)
  }

  /// x = x · factor, element by element, of the `n` floats from `offset` on.
  func scale(_ x: FloatBuffer, by factor: Float, at offset: Int = 0, n: Int) {
    unsafe lethe_scale(set, x.pointer(at: offset, needed: n), factor, n)
  }

  /// Rotates the first 2 · `half` elements of each head of one row by the angles whose cosines and
  /// sines stand at `angle`.
  func rotateHalves(
    _ x: FloatBuffer, at offset: Int, heads: Int, headStride: Int, half: Int,
    cosines: FloatBuffer, sines: FloatBuffer, angle: Int
  ) {
    precondition(2 * half <= headStride, "more elements turned than a head has")
    unsafe lethe_rotate_halves(
      set, x.pointer(at: offset, needed: heads * headStride), heads, headStride, half,
      cosines.pointer(at: angle, needed: half), sines.pointer(at: angle, needed: half))
  }
}
