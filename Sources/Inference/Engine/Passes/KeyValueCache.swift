/// The keys and values of the positions that attention has seen, packed for the product kernels.
struct KeyValueCache {
  /// How many positions it holds.
  private(set) var count = 0
  private(set) var capacity = 0
  private var headCount = 0
  private var headDimension = 0
  /// For each head the packed rows [capacity, d].
  private var keys: [FloatBuffer] = []
  /// For each head the packed rows [d, capacity].
  private var values: [FloatBuffer] = []

  /// Forgets everything and makes room for so many positions.
  mutating func reset(_ shape: Architecture.Attention, capacity needed: Int) {
    count = 0
    let hasForm =
      headCount == shape.keyValueHeadCount && headDimension == shape.headDimension
    guard !hasForm || needed > capacity else { return }
    (headCount, headDimension) = (shape.keyValueHeadCount, shape.headDimension)
    capacity = needed
    let keySize = Kernels.packedCount(n: capacity, k: headDimension)
    let valueSize = Kernels.packedCount(n: headDimension, k: capacity)
    keys = (0..<headCount).map { _ in FloatBuffer(count: keySize) }
    values = (0..<headCount).map { _ in FloatBuffer(count: valueSize) }
  }

  /// Adds positions: rows of [heads · d] each.
  mutating func append(
    keys newKeys: FloatBuffer, values newValues: FloatBuffer, rows: Int, _ kernels: Kernels
  ) {
    precondition(count + rows <= capacity, "more positions than there is room for")
    let d = headDimension
    for head in 0..<headCount {
      func part(_ buffer: FloatBuffer) -> Kernels.Rows {
        .init(buffer: buffer, offset: head * d, stride: headCount * d)
      }
      kernels.pack(part(newKeys), n: rows, k: d, into: keys[head], first: count)
      kernels.pack(
        columns: part(newValues), n: d, k: rows, into: values[head], first: count,
        packedK: capacity)
    }
    count += rows
  }

  /// scores [rows, keyCount] = queries [rows, d] × keysᵀ of a head.
  func score(
    head: Int, _ queries: Kernels.Rows, rows: Int, keyCount: Int, scores: Kernels.Rows,
    _ kernels: Kernels
  ) {
    kernels.product(
      queries, m: rows, panels: keys[head], packedK: headDimension, n: keyCount, k: headDimension,
      output: scores)
  }

  /// output [rows, d] = weights [rows, keyCount] × values of a head.
  func sum(
    head: Int, _ weights: Kernels.Rows, rows: Int, keyCount: Int, output: Kernels.Rows,
    _ kernels: Kernels
  ) {
    kernels.product(
      weights, m: rows, panels: values[head], packedK: capacity, n: headDimension, k: keyCount,
      output: output)
  }
}
