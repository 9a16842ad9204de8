/// Attention of the rows of a block.
struct AttentionPass: Sendable {
  let products: ProductPass

  /// The rows that ask, and what each run of the block has of them.
  struct Queries: Sendable {
    /// The position of each.
    var positions: [Int32]
    /// For each run of the block which of the queries are its own.
    var runs: [Range<Int>]

    var count: Int { positions.count }

    /// All rows of a block.
    init(all block: RowBlock) {
      positions = block.positions
      runs = block.runs.map(\.rows)
    }

    /// The rows of a block whose predictions are asked for.
    init(scored block: RowBlock) {
      positions = block.scoredRows.map { block.positions[$0] }
      var rest = block.scoredRows[...]
      runs = block.runs.map { run in
        let own = rest.prefix { $0 < run.rows.upperBound }
        defer { rest = rest.dropFirst(own.count) }
        return own.startIndex..<own.endIndex
      }
    }
  }

  /// What the queries of a stack look at.
  struct View: Sendable {
    /// Whether a query sees only keys up to its own position.
    var isCausal: Bool
    var bias: PositionBiasTable?
    var tables: PositionTables
  }

  private var workers: Workers { products.workers }
  private var kernels: Kernels { products.workers.kernels }
  private var memory: BlockMemory { products.memory }

  // MARK: - Projections

  /// query = the queries of packed rows; their keys and values too, where they are wanted.
  func project(
    _ weights: AttentionWeights, rows: Int, queries: Bool = true, keysAndValues: Bool = true
  ) {
    products.apply(
      (queries ? [(weights.query, memory.query)] : [])
        + (keysAndValues ? [(weights.key, memory.key), (weights.value, memory.value)] : []),
      rows: rows)
  }

  /// Holds rows within their bounds, normalises them and turns them by their positions.
  func finish(
    _ buffer: FloatBuffer, heads: Int, positions: [Int32], _ shape: Architecture.Attention,
    norm: NormWeights?, rotary: RotaryTable?
  ) {
    guard shape.clip != nil || norm != nil || rotary != nil else { return }
    let width = heads * shape.headDimension
    workers.forRows(positions.count, cost: 4 * width) { range in
      let offset = range.lowerBound * width
      if let clip = shape.clip {
        kernels.clip(buffer, to: clip, at: offset, n: range.count * width)
      }
      if let norm {
        let rows = Kernels.Rows(buffer: buffer, offset: offset, stride: norm.width)
        norm.apply(kernels, rows, rows: range.count * width / norm.width, output: rows)
      }
      guard let rotary else { return }
      for row in range {
        rotary.turn(
          buffer, at: row * width, position: Int(positions[row]), heads: heads,
          headDimension: shape.headDimension, kernels)
      }
    }
  }

  // MARK: - Attention

  /// mixed = attention of the queries to the positions of their own stack up to the block's rows, whose
  /// keys and values are put into the stack.
  func attend(
    _ shape: Architecture.Attention, block: RowBlock, queries: Queries, stack: KeyValueStack,
    view: View
  ) {
    let positionCount = block.runs.reduce(0) { max($0, $1.position + $1.rows.count) }
    precondition(positionCount <= stack.capacity, "more positions than there is room for")
    let cost = cost(shape, queries: queries.count, keys: positionCount, units: stack.unitCount)
    workers.forEach(stack.unitCount, cost: cost) { unit in
      memory.attentionScratch.with { scratch in
        for (run, own) in zip(block.runs, queries.runs) {
          append(
            rows: run.rows, position: run.position, of: (memory.key, memory.value), shape, stack,
            unit: unit)
          attend(
            shape, queries: own, queries.positions, stack, unit: unit,
            keyCount: run.position + run.rows.count, view: view, &scratch)
        }
      }
    }
  }

  /// mixed = attention of the queries to what an encoder found; `stack` has room for the keys and values
  /// of one context.
  func attend(
    _ shape: Architecture.Attention, block: RowBlock, queries: Queries, stack: KeyValueStack,
    memory found: EncoderMemory, _ keysAndValues: EncoderMemory.KeysAndValues, view: View
  ) {
    let cost = cost(
      shape, queries: queries.count, keys: found.longest, units: stack.unitCount)
    workers.forEach(stack.unitCount, cost: cost) { unit in
      memory.attentionScratch.with { scratch in
        var held: Int?
        for (run, own) in zip(block.runs, queries.runs) where !own.isEmpty {
          let rows = found.contexts[run.context]
          if held != run.context {
            append(
              rows: rows, position: 0, of: (keysAndValues.keys, keysAndValues.values), shape,
              stack, unit: unit)
            held = run.context
          }
          attend(
            shape, queries: own, queries.positions, stack, unit: unit, keyCount: rows.count,
            view: view, &scratch)
        }
      }
    }
  }

  private func cost(
    _ shape: Architecture.Attention, queries: Int, keys: Int, units: Int
  ) -> Int {
    2 * queries * keys * shape.queryWidth / max(units, 1)
  }

  private func append(
    rows: Range<Int>, position: Int, of part: (keys: FloatBuffer, values: FloatBuffer),
    _ shape: Architecture.Attention, _ stack: KeyValueStack, unit: Int
  ) {
    let offset =
      rows.lowerBound * shape.keyWidth + stack.keyHead(of: unit) * shape.headDimension
    func own(_ buffer: FloatBuffer) -> Kernels.Rows {
      .init(buffer: buffer, offset: offset, stride: shape.keyWidth)
    }
    kernels.appendKeys(
      stack.operand, own(part.keys), m: rows.count, d: shape.headDimension,
      into: stack.keys[unit], position: position)
    kernels.appendValues(
      stack.operand, own(part.values), m: rows.count, d: shape.headDimension,
      into: stack.values[unit], capacity: stack.capacity, position: position)
  }

  private func attend(
    _ shape: Architecture.Attention, queries: Range<Int>, _ positions: [Int32],
    _ stack: KeyValueStack, unit: Int, keyCount: Int, view: View, _ scratch: inout AttentionScratch
  ) {
    guard !queries.isEmpty else { return }
    let heads = stack.queryHeads(of: unit)
    let count = queries.count * heads.count
    var offsets: [Int32] = []
    var places: [Int32] = []
    var biases: [Int32] = []
    offsets.reserveCapacity(count)
    places.reserveCapacity(count)
    for head in heads {
      for query in queries {
        offsets.append(Int32(query * shape.queryWidth + head * shape.headDimension))
        places.append(positions[query])
        if let bias = view.bias {
          biases.append(Int32(bias.place(head: head, query: Int(positions[query]), key: 0)))
        }
      }
    }
    kernels.attend(
      AttentionCall(
        operand: stack.operand, d: shape.headDimension, scale: shape.scale,
        softCap: shape.softCap, window: shape.window, isCausal: view.isCausal, keyCount: keyCount,
        capacity: stack.capacity, keys: stack.keys[unit], values: stack.values[unit],
        queries: memory.query, output: memory.mixed, bias: view.bias?.values),
      offsets: offsets.span, positions: places.span, biasOffsets: biases.span, scratch: &scratch)
  }
}
