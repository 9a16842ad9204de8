import CKernels

/// The kernels of one instruction set, with every range checked before C sees a pointer.
struct Kernels: Sendable {
  private let set: lethe_kernel_set

  /// The best kernels of this machine.
  static let best = Kernels(set: lethe_best_kernel_set())

  /// Every kernel set that this machine can run, the scalar twins first.
  static let available: [Kernels] = (0...lethe_best_kernel_set().rawValue).map {
    Kernels(set: lethe_kernel_set(rawValue: $0))
  }

  private init(set: lethe_kernel_set) { self.set = set }

  /// The name that results record, such as `avx512`.
  var name: String { unsafe String(cString: lethe_kernel_set_name(set)) }

  /// A place in a buffer where a matrix starts, and how far its rows are apart, in floats.
  struct Rows {
    var buffer: FloatBuffer
    var offset = 0
    var stride: Int

    /// The first `rows` rows of `columns` floats, checked against the buffer.
    fileprivate func pointer(rows: Int, columns: Int) -> UnsafeMutablePointer<Float> {
      precondition(columns <= stride || rows <= 1, "rows overlap")
      return unsafe buffer.pointer(
        at: offset, needed: rows == 0 ? 0 : (rows - 1) * stride + columns)
    }
  }

  /// How many floats `n` packed rows of `k` elements take.
  static func packedCount(n: Int, k: Int) -> Int { lethe_panels_count(n, k) }

  /// Packs a matrix [n, k] into panels as their rows from `first` on.
  func pack(_ rows: Rows, n: Int, k: Int, into panels: FloatBuffer, first: Int = 0) {
    precondition(first >= 0, "rows before the first")
    unsafe lethe_pack_rows(
      rows.pointer(rows: n, columns: k), n, k, rows.stride, first,
      panels.pointer(at: 0, needed: Self.packedCount(n: first + n, k: k)))
  }

  /// Packs a matrix [n, k] that is given by its columns, [k, n], into panels of rows of `packedK`
  /// elements, as their elements from `first` on.
  func pack(
    columns: Rows, n: Int, k: Int, into panels: FloatBuffer, first: Int = 0, packedK: Int
  ) {
    precondition(first >= 0 && first + k <= packedK, "more elements than a packed row has")
    unsafe lethe_pack_columns(
      columns.pointer(rows: k, columns: n), n, k, columns.stride, first, packedK,
      panels.pointer(at: 0, needed: Self.packedCount(n: n, k: packedK)))
  }

  /// output [m, n] = input [m, k] × panelsᵀ, whose rows were packed with `packedK` ≥ k elements.
  func product(
    _ input: Rows, m: Int, panels: FloatBuffer, packedK: Int, n: Int, k: Int, output: Rows
  ) {
    precondition(k <= packedK, "more elements than were packed")
    unsafe lethe_product_f32(
      set, input.pointer(rows: m, columns: k), input.stride, m,
      panels.pointer(at: 0, needed: Self.packedCount(n: n, k: packedK)), packedK, n, k,
      output.pointer(rows: m, columns: n), output.stride)
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

  /// Adds a vector to each row.
  func add(_ vector: FloatBuffer, toEachOf rows: Rows, m: Int, n: Int) {
    let x = unsafe rows.pointer(rows: m, columns: n)
    for row in 0..<m {
      unsafe lethe_add(set, x + row * rows.stride, vector.pointer(at: 0, needed: n), n)
    }
  }

  /// Softmax of the first `n` floats from `offset` on.
  func softmax(_ buffer: FloatBuffer, at offset: Int, n: Int) {
    precondition(n > 0, "softmax of nothing")
    unsafe lethe_softmax(set, buffer.pointer(at: offset, needed: n), n)
  }

  /// ln Σ exp of the first `n` floats from `offset` on.
  func logSumExp(_ buffer: FloatBuffer, at offset: Int, n: Int) -> Double {
    precondition(n > 0, "log-sum-exp of nothing")
    return unsafe lethe_log_sum_exp(set, buffer.pointer(at: offset, needed: n), n)
  }

  /// Where the largest of the first `n` floats from `offset` on stands, the first among equals.
  func largestIndex(_ buffer: FloatBuffer, at offset: Int, n: Int) -> Int {
    precondition(n > 0, "the largest of nothing")
    return unsafe lethe_largest_index(buffer.pointer(at: offset, needed: n), n)
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
  func clip(_ x: FloatBuffer, to bound: Float, n: Int) {
    unsafe lethe_clip(set, x.pointer(at: 0, needed: n), bound, n)
  }

  /// x = x · y, element by element.
  func multiply(_ x: FloatBuffer, _ y: FloatBuffer, n: Int) {
    unsafe lethe_multiply(set, x.pointer(at: 0, needed: n), y.pointer(at: 0, needed: n), n)
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
