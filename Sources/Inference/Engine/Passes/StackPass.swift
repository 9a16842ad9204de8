import Formats

/// One thread's run of one stack of layers, with the scratch memory it needs.
///
/// Every row is computed on its own: it depends on the rows up to its position and on nothing else
/// that happens to be computed with it.
struct StackPass {
  /// The rows that go through, [rows, hidden]: the caller fills them, ``run(rows:tables:bias:memory:)``
  /// changes them.
  private(set) var hidden = FloatBuffer(count: 0)

  private let shape: Architecture.Stack
  private let weights: ModelWeights.Stack
  private let hiddenSize: Int
  private let kernels: Kernels
  /// Whether keys and values of all layers are kept, so that more rows can follow.
  private let keepsPositions: Bool
  private var normed = FloatBuffer(count: 0)
  private var attended = FloatBuffer(count: 0)
  private var mapped = FloatBuffer(count: 0)
  private var attention: AttentionPass
  private var mlp: MLPPass
  /// One for each layer where they are kept, else one for all.
  private var caches: [KeyValueCache]
  private var memoryCaches: [KeyValueCache]
  /// How many positions have gone through and are kept.
  private(set) var position = 0

  /// Rows that the encoder found, and how many.
  typealias Memory = (rows: FloatBuffer, count: Int)

  init(
    _ shape: Architecture.Stack, _ weights: ModelWeights.Stack, hiddenSize: Int,
    keepsPositions: Bool, kernels: Kernels
  ) {
    self.shape = shape
    self.weights = weights
    self.hiddenSize = hiddenSize
    self.keepsPositions = keepsPositions
    self.kernels = kernels
    attention = AttentionPass(kernels: kernels)
    mlp = MLPPass(kernels: kernels)
    let count = keepsPositions ? shape.layers.count : 1
    caches = [KeyValueCache](repeating: KeyValueCache(), count: count)
    memoryCaches = caches
  }

  /// Forgets all positions; where they are kept, makes room for `capacity` of them, and has the
  /// layers look at what the encoder found.
  mutating func start(capacity: Int, memory: Memory? = nil) {
    position = 0
    guard keepsPositions else { return }
    for (index, layer) in shape.layers.enumerated() {
      caches[index].reset(layer.attention, capacity: capacity)
      if let memory { remember(memory, layer: index, in: index) }
    }
  }

  /// Makes room for `rows` rows.
  mutating func reserve(rows: Int) {
    let count = rows * hiddenSize
    FloatBuffer.grow(&hidden, to: count)
    FloatBuffer.grow(&normed, to: count)
    FloatBuffer.grow(&attended, to: count)
    FloatBuffer.grow(&mapped, to: count)
  }

  /// Sends the first `rows` rows of ``hidden`` through all layers.
  mutating func run(rows: Int, tables: PositionTables, bias: PositionBiasTable?, memory: Memory?) {
    let view = AttentionPass.View(position: position, isCausal: shape.isCausal, bias: bias)
    for index in shape.layers.indices {
      let place = keepsPositions ? index : 0
      if !keepsPositions {
        caches[place].reset(shape.layers[index].attention, capacity: rows)
        if let memory { remember(memory, layer: index, in: place) }
      }
      run(layer: index, cache: place, rows: rows, tables: tables, view: view, memory: memory)
    }
    if keepsPositions { position += rows }
  }

  /// output = the norm at the end of some of the rows.
  func normalize(from row: Int, rows: Int, output: FloatBuffer) {
    weights.outputNorm.apply(
      kernels, Kernels.Rows(buffer: hidden, offset: row * hiddenSize, stride: hiddenSize),
      rows: rows, output: .init(buffer: output, stride: hiddenSize))
  }

  private mutating func remember(_ memory: Memory, layer: Int, in place: Int) {
    guard let shape = shape.layers[layer].crossAttention,
      let weights = weights.layers[layer].crossAttention?.weights
    else { return }
    memoryCaches[place].reset(shape, capacity: memory.count)
    attention.remember(
      shape, weights, input: memory.rows, rows: memory.count, in: &memoryCaches[place])
  }

  // MARK: - Layers

  private mutating func run(
    layer index: Int, cache: Int, rows: Int, tables: PositionTables, view: AttentionPass.View,
    memory: Memory?
  ) {
    let shape = shape.layers[index]
    let weights = weights.layers[index]
    let input = normalize(weights.attentionNorm, rows: rows)
    attention.run(
      shape.attention, weights.attention, input: input, rows: rows, cache: &caches[cache],
      rotary: shape.attention.rotary.map { tables.rotaries[$0] }, view: view, output: attended)
    weights.postAttentionNorm?.apply(kernels, attended, rows: rows, output: attended)
    if shape.residual.isParallel {
      let input = weights.mlpNorm == nil ? input : normalize(weights.mlpNorm, rows: rows)
      mlp.run(weights.mlp, input: input, rows: rows, output: mapped)
      add(attended, rows: rows)
    } else {
      add(attended, to: shape.residual.addsToNormed ? input : hidden, rows: rows)
      if memory != nil, let cross = shape.crossAttention, let weights = weights.crossAttention {
        weights.norm.apply(kernels, hidden, rows: rows, output: normed)
        attention.run(
          cross, weights.weights, input: normed, rows: rows, memory: memoryCaches[cache],
          output: attended)
        add(attended, rows: rows)
      }
      let input = normalize(weights.mlpNorm, rows: rows)
      mlp.run(weights.mlp, input: input, rows: rows, output: mapped)
      if shape.residual.addsToNormed {
        hidden.copy(from: input, at: 0, to: 0, count: rows * hiddenSize)
      }
    }
    weights.postMLPNorm?.apply(kernels, mapped, rows: rows, output: mapped)
    add(mapped, rows: rows)
  }

  /// The rows, normalised where there is a norm.
  private func normalize(_ norm: NormWeights?, rows: Int) -> FloatBuffer {
    guard let norm else { return hidden }
    norm.apply(kernels, hidden, rows: rows, output: normed)
    return normed
  }

  private func add(_ part: FloatBuffer, rows: Int) {
    kernels.add(hidden, part, n: rows * hiddenSize)
  }

  private func add(_ part: FloatBuffer, to base: FloatBuffer, rows: Int) {
    if base !== hidden { hidden.copy(from: base, at: 0, to: 0, count: rows * hiddenSize) }
    add(part, rows: rows)
  }
}
