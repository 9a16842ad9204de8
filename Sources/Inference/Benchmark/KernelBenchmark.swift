import Core

/// Measures kernels with the shapes of a model, on all threads.
struct KernelBenchmark {
  /// The height and width of a matrix of weights.
  struct Shape: Hashable {
    var outputs, inputs: Int
  }

  let network: Network
  let operand: Operand
  /// Floating-point operations a second that the machine reaches at best.
  let peak: Double

  /// The rows that products are measured with: one, a block, and what batches have.
  static let rowCounts = [1, Kernels.rowBlock, 64, 256, 512, 2048]
  /// The width of what softmax and log-sum-exp are measured with.
  private static let rowWidth = HeadPass.vocabularyBlock
  /// For how long one kernel is measured at least, and how often.
  private static let (leastSeconds, leastRuns) = (0.1, 3)

  private var kernels: Kernels { network.kernels }
  private var workers: Workers { network.workers }

  /// The shapes of the layers' weights, each once; the head's are as good as many of them.
  static func shapes(of network: Network) -> [Shape] {
    var known: Set<Shape> = []
    return network.weights.matrices.dropLast().joined().compactMap { matrix in
      let shape = Shape(outputs: matrix.outputCount, inputs: matrix.inputCount)
      return known.insert(shape).inserted ? shape : nil
    }
  }

  // MARK: - Products

  /// Products with weights of one shape, and what it takes to pack those.
  func products(_ shape: Shape) -> [KernelMeasurement] {
    let panels = ByteBuffer(
      byteCount: Kernels.panelCount(n: shape.outputs)
        * Kernels.panelByteCount(operand, k: shape.inputs))
    let packing = pack(shape, into: panels)
    let most = Self.rowCounts.max() ?? 0
    let rows = Self.numbers(most * shape.inputs)
    let packed = ByteBuffer(
      byteCount: Kernels.activationByteCount(operand, m: most, k: shape.inputs))
    let output = FloatBuffer(count: most * shape.outputs)
    let packingRows = measure { packRows(rows, most, shape, into: packed) }
    let bytes = 4 * Double(most * shape.inputs)
    return Self.rowCounts.map { count in
      let seconds = measure {
        workers.forPanels(
          Kernels.panelCount(n: shape.outputs), rows: count, inputs: shape.inputs
        ) { panelRange in
          kernels.product(
            operand, packed, rows: 0..<count, panels: panels, panelRange: panelRange,
            n: shape.outputs, k: shape.inputs,
            output: .init(
              buffer: output, offset: panelRange.lowerBound * Kernels.panelWidth,
              stride: shape.outputs))
        }
      }
      return product(shape, rows: count, seconds: seconds)
    } + [
      rate(.packRows, rows: most, shape, bytes / packingRows, .gigabytesPerSecond)
    ] + packing
  }

  private func product(_ shape: Shape, rows: Int, seconds: Double) -> KernelMeasurement {
    let operations = 2 * Double(rows) * Double(shape.outputs) * Double(shape.inputs)
    return rate(.product, rows: rows, shape, operations / seconds, .gflops)
  }

  private func packRows(_ rows: FloatBuffer, _ count: Int, _ shape: Shape, into: ByteBuffer) {
    workers.forRows(count, cost: shape.inputs) { range in
      kernels.packActivations(
        operand,
        .init(buffer: rows, offset: range.lowerBound * shape.inputs, stride: shape.inputs),
        m: range.count, k: shape.inputs, into: into, first: range.lowerBound)
    }
  }

  private func pack(_ shape: Shape, into panels: ByteBuffer) -> [KernelMeasurement] {
    let count = shape.outputs * shape.inputs
    let halves = ByteBuffer(byteCount: 2 * count)
    let halfSeconds = measure {
      forWholePanels(shape) { range in
        // A file's bytes have no type; zeros pack as fast as other numbers.
        unsafe kernels.packWeights(
          operand,
          halves: halves.pointer(
            at: 2 * range.lowerBound * shape.inputs, needed: 2 * range.count * shape.inputs),
          .bf16, n: range.count, k: shape.inputs, into: panels, first: range.lowerBound)
      }
    }
    let wide = Self.numbers(count)
    let seconds = measure {
      forWholePanels(shape) { range in
        kernels.packWeights(
          operand,
          .init(buffer: wide, offset: range.lowerBound * shape.inputs, stride: shape.inputs),
          n: range.count, k: shape.inputs, into: panels, first: range.lowerBound)
      }
    }
    return [
      rate(.packWeights, rows: nil, shape, 4 * Double(count) / seconds, .gigabytesPerSecond),
      rate(.packHalves, rows: nil, shape, 2 * Double(count) / halfSeconds, .gigabytesPerSecond),
    ]
  }

  private func forWholePanels(_ shape: Shape, _ body: @Sendable (Range<Int>) -> Void) {
    let width = Kernels.panelWidth
    workers.forPanels(Kernels.panelCount(n: shape.outputs), rows: 1, inputs: shape.inputs) {
      body($0.lowerBound * width..<min($0.upperBound * width, shape.outputs))
    }
  }

  // MARK: - The rest

  /// Attention of a text of 512 positions to itself, as the first layer does it.
  func attention() -> [KernelMeasurement] {
    let stack = network.architecture.decoder
    guard let shape = stack.layers.first?.attention else { return [] }
    let count = ForwardPass.blockRows
    let memory = BlockMemory(
      stack, hiddenSize: network.architecture.hiddenSize, operand: operand, rowCount: count)
    for buffer in [memory.query, memory.key, memory.value] { Self.fill(buffer) }
    let block = RowBlock.blocks(
      of: [.init(rows: 0..<count, position: 0)], scoredRows: [], limit: count)[0]
    let kept = KeyValueStack(
      shape, capacity: count, operand: operand, threadCount: network.workGroup.threadCount)
    let pass = AttentionPass(products: ProductPass(workers: workers, memory: memory))
    let seconds = measure {
      pass.attend(
        shape, block: block, queries: .init(all: block), stack: kept,
        view: .init(isCausal: true, bias: nil, tables: .none))
    }
    let pairs = (0..<count).reduce(0) { $0 + min($1 + 1, shape.window ?? .max) }
    let operations = 4 * Double(shape.queryWidth) * Double(pairs)
    return [
      rate(
        .attention, rows: count, Shape(outputs: shape.queryWidth, inputs: shape.headDimension),
        operations / seconds, .gflops)
    ]
  }

  /// Softmax and the statistics of logits, which are 32 bits wide whatever the format.
  func rows() -> [KernelMeasurement] {
    let (count, width) = (1024, Self.rowWidth)
    let numbers = Self.numbers(count * width)
    let shape = Shape(outputs: width, inputs: width)
    func elements(_ operation: KernelMeasurement.Operation, _ body: @Sendable (Int) -> Void)
      -> KernelMeasurement
    {
      let seconds = measure { workers.forRows(count, cost: 8 * width) { $0.forEach(body) } }
      var result = rate(
        operation, rows: count, shape, Double(count * width) / seconds, .gigaelementsPerSecond)
      (result.numerics, result.outputCount) = (Operand.f32.rawValue, nil)
      return result
    }
    return [
      elements(.logSumExp) { _ = kernels.logitStatistics(numbers, at: $0 * width, n: width) },
      elements(.softmax) { kernels.softmax(numbers, at: $0 * width, n: width) },
    ]
  }

  // MARK: - Measuring

  private func rate(
    _ operation: KernelMeasurement.Operation, rows: Int?, _ shape: Shape, _ perSecond: Double,
    _ unit: KernelMeasurement.Unit
  ) -> KernelMeasurement {
    KernelMeasurement(
      operation: operation, numerics: operand.rawValue, rowCount: rows,
      outputCount: shape.outputs, inputCount: shape.inputs, rate: perSecond / 1e9, unit: unit,
      shareOfPeak: unit == .gflops ? perSecond / peak : nil)
  }

  /// The median of the seconds that a piece of work takes, after a first time that is not measured.
  private func measure(_ body: () -> Void) -> Double {
    body()
    var times: [Double] = []
    var sum = 0.0
    while times.count < Self.leastRuns || sum < Self.leastSeconds {
      let begin = ContinuousClock.now
      body()
      times.append((ContinuousClock.now - begin) / .seconds(1))
      sum += times.last ?? 0
    }
    return median(times)
  }

  /// Numbers between -1 and 1, the same every time.
  private static func numbers(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    fill(buffer)
    return buffer
  }

  private static func fill(_ buffer: FloatBuffer) {
    buffer.fill { numbers in
      for index in numbers.indices {
        numbers[index] = Float(scrambled(index)) / 4096 - 1
      }
    }
  }

  /// 13 bits of a multiplicative hash.
  private static func scrambled(_ index: Int) -> Int {
    (index &* 2_654_435_761) >> 16 & 8191
  }
}
