/// One layer for the rows of a block, with the memory that it needs.
///
/// Every row is computed on its own: it depends on the rows of its sequence up to its position and on
/// nothing else that happens to be computed with it.
struct LayerPass: Sendable {
  let memory: BlockMemory
  let workers: Workers
  private let products: ProductPass
  private let attention: AttentionPass
  private let mlp: MLPPass
  private let hiddenSize: Int
  private let operand: Operand

  /// What attention to an encoder's findings works with.
  struct Cross: Sendable {
    var memory: EncoderMemory
    var keysAndValues: EncoderMemory.KeysAndValues
    /// Room for the keys and values of one context.
    var stack: KeyValueStack
  }

  init(
    _ shape: Architecture.Stack, hiddenSize: Int, operand: Operand, workers: Workers, rowCount: Int
  ) {
    self.hiddenSize = hiddenSize
    self.operand = operand
    self.workers = workers
    memory = BlockMemory(shape, hiddenSize: hiddenSize, operand: operand, rowCount: rowCount)
    products = ProductPass(workers: workers, memory: memory)
    attention = AttentionPass(products: products)
    mlp = MLPPass(products: products)
  }

  private var kernels: Kernels { workers.kernels }

  /// Sends all rows of a block through a layer: `hidden` is changed, and the keys and values of the rows
  /// are added to those of the positions before in `stack`.
  func run(
    _ shape: Architecture.Layer, _ weights: LayerWeights, hidden: Kernels.Rows, block: RowBlock,
    stack: KeyValueStack, cross: Cross?, view: AttentionPass.View
  ) {
    let rows = block.rows.count
    let input = normalize(weights.attentionNorm, hidden, rows: rows)
    attention.project(weights.attention, rows: rows)
    run(
      shape, weights, input: input, hidden: hidden, queries: .init(all: block), block: block,
      stack: stack, cross: cross, view: view)
  }

  /// Sends a block through the last layer, where only some rows are of use: the keys and values of all,
  /// the rest only for those whose predictions are asked for, which `scored` receives.
  func run(
    _ shape: Architecture.Layer, _ weights: LayerWeights, hidden: Kernels.Rows, block: RowBlock,
    stack: KeyValueStack, cross: Cross?, view: AttentionPass.View, scored: Kernels.Rows
  ) {
    guard block.scoredRows.count < block.rows.count else {
      run(
        shape, weights, hidden: hidden, block: block, stack: stack, cross: cross, view: view)
      return copy(hidden, to: scored, rows: block.scoredRows)
    }
    let input = normalize(weights.attentionNorm, hidden, rows: block.rows.count)
    attention.project(weights.attention, rows: block.rows.count, queries: false)
    let count = block.scoredRows.count
    copy(hidden, to: scored, rows: block.scoredRows)
    var own = scored
    if input.buffer !== hidden.buffer {
      own = .init(buffer: memory.scoredNormed, stride: hiddenSize)
      copy(input, to: own, rows: block.scoredRows)
    }
    products.pack(own, count: count, width: hiddenSize, for: operand)
    attention.project(weights.attention, rows: count, keysAndValues: false)
    run(
      shape, weights, input: own, hidden: scored, queries: .init(scored: block), block: block,
      stack: stack, cross: cross, view: view)
  }

  /// The keys and values that attention to an encoder's findings needs, for all its rows.
  func keysAndValues(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, of found: EncoderMemory
  ) -> EncoderMemory.KeysAndValues {
    let result = EncoderMemory.KeysAndValues(
      keys: FloatBuffer(count: found.rowCount * shape.keyWidth),
      values: FloatBuffer(count: found.rowCount * shape.keyWidth))
    for start in stride(from: 0, to: found.rowCount, by: memory.rowCount) {
      let rows = min(memory.rowCount, found.rowCount - start)
      products.pack(
        .init(buffer: found.rows, offset: start * hiddenSize, stride: hiddenSize), count: rows,
        width: hiddenSize, for: operand)
      products.apply([(weights.key, memory.key), (weights.value, memory.value)], rows: rows)
      let count = rows * shape.keyWidth
      result.keys.copy(from: memory.key, at: 0, to: start * shape.keyWidth, count: count)
      result.values.copy(from: memory.value, at: 0, to: start * shape.keyWidth, count: count)
    }
    return result
  }

  // MARK: - Parts

  /// The layer behind the projections: queries, keys and values are in their buffers.
  private func run(
    _ shape: Architecture.Layer, _ weights: LayerWeights, input: Kernels.Rows,
    hidden: Kernels.Rows, queries: AttentionPass.Queries, block: RowBlock, stack: KeyValueStack,
    cross: Cross?, view: AttentionPass.View
  ) {
    let rows = queries.count
    attend(shape.attention, weights.attention, queries: queries, block: block, stack: stack, view)
    guard rows > 0 else { return }
    weights.postAttentionNorm.map { normalize($0, memory.attended, rows: rows) }
    if shape.residual.isParallel {
      if weights.mlpNorm == nil {
        products.pack(input, count: rows, width: hiddenSize, for: operand)
        mlp.run(weights.mlp, input: input, rows: rows, output: memory.mapped)
      } else {
        let input = normalize(weights.mlpNorm, hidden, rows: rows)
        mlp.run(weights.mlp, input: input, rows: rows, output: memory.mapped)
      }
      add(memory.attended, to: hidden, rows: rows)
    } else {
      if shape.residual.addsToNormed { copy(input, to: hidden, rows: 0..<rows) }
      add(memory.attended, to: hidden, rows: rows)
      if let cross { run(shape, weights, cross, hidden: hidden, queries: queries, block: block) }
      let input = normalize(weights.mlpNorm, hidden, rows: rows)
      mlp.run(weights.mlp, input: input, rows: rows, output: memory.mapped)
      if shape.residual.addsToNormed { copy(input, to: hidden, rows: 0..<rows) }
    }
    weights.postMLPNorm.map { normalize($0, memory.mapped, rows: rows) }
    add(memory.mapped, to: hidden, rows: rows)
  }

  /// attended = attention of the queries, projected.
  private func attend(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, queries: AttentionPass.Queries,
    block: RowBlock, stack: KeyValueStack, _ view: AttentionPass.View
  ) {
    let rotary = shape.rotary.map { view.tables.rotaries[$0] }
    attention.finish(
      memory.query, heads: shape.headCount, positions: queries.positions, shape,
      norm: weights.queryNorm, rotary: rotary)
    attention.finish(
      memory.key, heads: shape.keyValueHeadCount, positions: block.positions, shape,
      norm: weights.keyNorm, rotary: rotary)
    attention.finish(
      memory.value, heads: shape.keyValueHeadCount, positions: block.positions, shape, norm: nil,
      rotary: nil)
    attention.attend(shape, block: block, queries: queries, stack: stack, view: view)
    finishAttention(shape, weights, rows: queries.count)
  }

  /// hidden += attention to what the encoder found.
  private func run(
    _ shape: Architecture.Layer, _ weights: LayerWeights, _ cross: Cross, hidden: Kernels.Rows,
    queries: AttentionPass.Queries, block: RowBlock
  ) {
    guard let attention = shape.crossAttention, let own = weights.crossAttention else { return }
    normalize(own.norm, hidden, rows: queries.count)
    self.attention.project(own.weights, rows: queries.count, keysAndValues: false)
    self.attention.attend(
      attention, block: block, queries: queries, stack: cross.stack, memory: cross.memory,
      cross.keysAndValues,
      view: .init(isCausal: false, bias: nil, tables: .none))
    finishAttention(attention, own.weights, rows: queries.count)
    add(memory.attended, to: hidden, rows: queries.count)
  }

  private func finishAttention(
    _ shape: Architecture.Attention, _ weights: AttentionWeights, rows: Int
  ) {
    products.pack(
      .init(buffer: memory.mixed, stride: shape.queryWidth), count: rows, width: shape.queryWidth,
      for: operand)
    products.apply([(weights.output, memory.attended)], rows: rows)
  }

  // MARK: - Rows

  /// The rows, normalised where there is a norm, and packed as the input of products.
  @discardableResult
  private func normalize(
    _ norm: NormWeights?, _ rows: Kernels.Rows, rows count: Int
  ) -> Kernels.Rows {
    let normed = Kernels.Rows(buffer: memory.normed, stride: hiddenSize)
    workers.forRows(count, cost: 4 * hiddenSize) { range in
      norm?.apply(
        kernels, rows.from(row: range.lowerBound), rows: range.count,
        output: normed.from(row: range.lowerBound))
      products.pack(norm == nil ? rows : normed, range, width: hiddenSize, for: operand)
    }
    return norm == nil ? rows : normed
  }

  /// Normalises rows where they are.
  private func normalize(_ norm: NormWeights, _ buffer: FloatBuffer, rows count: Int) {
    let rows = Kernels.Rows(buffer: buffer, stride: hiddenSize)
    workers.forRows(count, cost: 4 * hiddenSize) { range in
      let own = rows.from(row: range.lowerBound)
      norm.apply(kernels, own, rows: range.count, output: own)
    }
  }

  private func add(_ part: FloatBuffer, to rows: Kernels.Rows, rows count: Int) {
    workers.forRows(count, cost: hiddenSize) { range in
      let first = range.lowerBound * hiddenSize
      kernels.add(
        rows.buffer, at: rows.offset + first, part, from: first, n: range.count * hiddenSize)
    }
  }

  private func copy(_ source: Kernels.Rows, to rows: Kernels.Rows, rows numbers: some Sequence<Int>)
  {
    for (place, row) in numbers.enumerated() {
      rows.buffer.copy(
        from: source.buffer, at: source.offset + row * hiddenSize,
        to: rows.offset + place * hiddenSize, count: hiddenSize)
    }
  }
}
