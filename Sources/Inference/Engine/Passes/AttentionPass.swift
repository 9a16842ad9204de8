/// One thread's attention, with the scratch memory it needs.
struct AttentionPass {
  private let kernels: Kernels
  private var query = FloatBuffer(count: 0)
  private var key = FloatBuffer(count: 0)
  private var value = FloatBuffer(count: 0)
  private var mixed = FloatBuffer(count: 0)
  private var scores = FloatBuffer(count: 0)

  /// Rows of queries whose scores are held at once: bounds the memory to this × the sequence.
  private static let queryBlock = 48

  /// What the queries of a run may look at, and what is added for where they stand.
  struct View {
    /// The position of the first query.
    var position: Int
    /// Whether a query sees only keys up to its own position.
    var isCausal: Bool
    var bias: PositionBiasTable?
  }

  init(kernels: Kernels) { self.kernels = kernels }

  /// output = attention of rows to all positions of their stack so far, theirs among them.
  ///
  /// The cache holds the keys and values of earlier positions; those of the rows are added.
  mutating func run(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, input: FloatBuffer, rows: Int,
    cache: inout KeyValueCache, rotary: RotaryTable?, view: View, output: FloatBuffer
  ) {
    ask(shape, weights, input: input, rows: rows)
    project(shape, weights, input: input, rows: rows)
    let d = shape.headDimension
    if let rotary {
      for (buffer, heads) in [(query, shape.headCount), (key, shape.keyValueHeadCount)] {
        rotary.turn(
          buffer, count: rows, position: view.position, heads: heads, headDimension: d, kernels)
      }
    }
    cache.append(keys: key, values: value, rows: rows, kernels)
    attend(shape, rows: rows, cache: cache, view: view)
    weights.output.apply(kernels, mixed, rows: rows, output: output)
  }

  /// output = attention of rows to what a cache holds.
  mutating func run(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, input: FloatBuffer, rows: Int,
    memory: KeyValueCache, output: FloatBuffer
  ) {
    ask(shape, weights, input: input, rows: rows)
    attend(
      shape, rows: rows, cache: memory, view: View(position: 0, isCausal: false, bias: nil))
    weights.output.apply(kernels, mixed, rows: rows, output: output)
  }

  /// Puts keys and values of rows into a cache, as they are.
  mutating func remember(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, input: FloatBuffer, rows: Int,
    in cache: inout KeyValueCache
  ) {
    project(shape, weights, input: input, rows: rows)
    cache.append(keys: key, values: value, rows: rows, kernels)
  }

  // MARK: - Queries, keys and values

  private mutating func ask(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, input: FloatBuffer, rows: Int
  ) {
    FloatBuffer.grow(&query, to: rows * shape.queryWidth)
    weights.query.apply(kernels, input, rows: rows, output: query)
    finish(query, width: shape.queryWidth, rows: rows, shape, weights.queryNorm)
  }

  private mutating func project(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, input: FloatBuffer, rows: Int
  ) {
    FloatBuffer.grow(&key, to: rows * shape.keyWidth)
    FloatBuffer.grow(&value, to: rows * shape.keyWidth)
    weights.key.apply(kernels, input, rows: rows, output: key)
    weights.value.apply(kernels, input, rows: rows, output: value)
    finish(key, width: shape.keyWidth, rows: rows, shape, weights.keyNorm)
    finish(value, width: shape.keyWidth, rows: rows, shape, nil)
  }

  private func finish(
    _ buffer: FloatBuffer, width: Int, rows: Int, _ shape: Architecture.Attention,
    _ norm: NormWeights?
  ) {
    if let clip = shape.clip { kernels.clip(buffer, to: clip, n: rows * width) }
    norm.map { $0.apply(kernels, buffer, rows: rows * width / $0.width, output: buffer) }
  }

  // MARK: - Scores

  private mutating func attend(
    _ shape: Architecture.Attention, rows: Int, cache: KeyValueCache, view: View
  ) {
    FloatBuffer.grow(&mixed, to: rows * shape.queryWidth)
    FloatBuffer.grow(&scores, to: min(rows, Self.queryBlock) * cache.count)
    if shape.scale != 1 {
      kernels.scale(query, by: shape.scale, n: rows * shape.queryWidth)
    }
    for head in 0..<shape.headCount {
      for start in stride(from: 0, to: rows, by: Self.queryBlock) {
        attend(
          shape, head: head, queries: start..<min(start + Self.queryBlock, rows), cache: cache,
          view: view)
      }
    }
  }

  private func attend(
    _ shape: Architecture.Attention, head: Int, queries: Range<Int>, cache: KeyValueCache,
    view: View
  ) {
    let keyHead = head / (shape.headCount / shape.keyValueHeadCount)
    let keyCount = view.isCausal ? view.position + queries.upperBound : cache.count
    let scores = Kernels.Rows(buffer: scores, stride: keyCount)
    let offset = queries.lowerBound * shape.queryWidth + head * shape.headDimension
    cache.score(
      head: keyHead, .init(buffer: query, offset: offset, stride: shape.queryWidth),
      rows: queries.count, keyCount: keyCount, scores: scores, kernels)
    for query in queries {
      let position = view.position + query
      let end = view.isCausal ? position + 1 : keyCount
      let start = shape.window.map { max(0, position + 1 - $0) } ?? 0
      let row = (query - queries.lowerBound) * keyCount
      weigh(shape, head: head, query: position, keys: start..<end, row: row, view.bias)
      self.scores.zero(at: row, count: start)
      self.scores.zero(at: row + end, count: keyCount - end)
    }
    cache.sum(
      head: keyHead, scores, rows: queries.count, keyCount: keyCount,
      output: .init(buffer: mixed, offset: offset, stride: shape.queryWidth), kernels)
  }

  /// Makes the scores of one query's keys weights that sum to 1.
  private func weigh(
    _ shape: Architecture.Attention, head: Int, query: Int, keys: Range<Int>, row: Int,
    _ bias: PositionBiasTable?
  ) {
    let place = row + keys.lowerBound
    if let cap = shape.softCap { kernels.softCap(scores, cap, at: place, n: keys.count) }
    if let bias {
      kernels.add(
        scores, at: place, bias.values,
        from: bias.place(head: head, query: query, key: keys.lowerBound), n: keys.count)
    }
    kernels.softmax(scores, at: place, n: keys.count)
  }
}
