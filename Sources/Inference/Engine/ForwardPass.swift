import Foundation

/// One thread's run of a decoder over whole sequences, with the scratch memory it needs.
///
/// Every row is computed on its own: it depends on the tokens up to its position and on nothing
/// else that happens to be computed with it.
struct ForwardPass {
  private let architecture: Architecture
  private let weights: DecoderWeights
  private let rotary: RotaryTable
  private let kernels: Kernels
  private var scratch: Scratch

  /// Rows of queries whose scores are held at once: bounds the memory to this × the sequence.
  private static let queryBlock = 48
  /// Rows whose logits are held at once.
  static let logitBlock = 32

  private struct Scratch {
    var tokenCapacity = 0
    var hidden = FloatBuffer(count: 0)
    var normed = FloatBuffer(count: 0)
    var query = FloatBuffer(count: 0)
    var key = FloatBuffer(count: 0)
    var value = FloatBuffer(count: 0)
    var attention = FloatBuffer(count: 0)
    var gate = FloatBuffer(count: 0)
    var up = FloatBuffer(count: 0)
    var scores = FloatBuffer(count: 0)
    var packedKeys = FloatBuffer(count: 0)
    var packedValues = FloatBuffer(count: 0)
    var logits = FloatBuffer(count: 0)
  }

  init(
    architecture: Architecture, weights: DecoderWeights, rotary: RotaryTable,
    kernels: Kernels = .best
  ) {
    self.architecture = architecture
    self.weights = weights
    self.rotary = rotary
    self.kernels = kernels
    scratch = Scratch()
    scratch.logits = FloatBuffer(count: Self.logitBlock * architecture.vocabularySize)
  }

  /// Runs a sequence and shows the logits of its last rows.
  ///
  /// - Parameters:
  ///   - tokens: Token ids, each below the vocabulary's size; at least one.
  ///   - scoredCount: How many of the last positions need logits.
  ///   - visit: Called for each of them in order with the position and where its logits are.
  mutating func run(
    _ tokens: [Int], scoredCount: Int, _ visit: (Int, LogitRow) -> Void
  ) {
    precondition(scoredCount <= tokens.count, "more positions scored than there are")
    reserve(tokens.count)
    embed(tokens)
    for layer in weights.layers { run(layer, count: tokens.count) }
    let first = tokens.count - scoredCount
    for start in stride(from: first, to: tokens.count, by: Self.logitBlock) {
      let rows = min(Self.logitBlock, tokens.count - start)
      computeLogits(from: start, rows: rows)
      for row in 0..<rows {
        visit(
          start + row,
          LogitRow(
            buffer: scratch.logits, offset: row * architecture.vocabularySize,
            count: architecture.vocabularySize, kernels: kernels))
      }
    }
  }

  private mutating func reserve(_ tokenCount: Int) {
    guard tokenCount > scratch.tokenCapacity else { return }
    let a = architecture
    func rows(_ width: Int) -> FloatBuffer { FloatBuffer(count: tokenCount * width) }
    scratch.tokenCapacity = tokenCount
    scratch.hidden = rows(a.hiddenSize)
    scratch.normed = rows(a.hiddenSize)
    scratch.query = rows(a.headCount * a.headDimension)
    scratch.key = rows(a.keyValueHeadCount * a.headDimension)
    scratch.value = rows(a.keyValueHeadCount * a.headDimension)
    scratch.attention = rows(a.headCount * a.headDimension)
    scratch.gate = rows(a.intermediateSize)
    scratch.up = rows(a.intermediateSize)
    scratch.scores = rows(Self.queryBlock)
    scratch.packedKeys = FloatBuffer(
      count: Kernels.packedCount(n: tokenCount, k: a.headDimension))
    scratch.packedValues = FloatBuffer(
      count: Kernels.packedCount(n: a.headDimension, k: tokenCount))
  }

  private func embed(_ tokens: [Int]) {
    let width = architecture.hiddenSize
    for (row, token) in tokens.enumerated() {
      scratch.hidden.copy(from: weights.embedding, at: token * width, to: row * width, count: width)
    }
  }

  /// x = x + attention(norm(x)); x = x + mlp(norm(x)).
  private func run(_ layer: DecoderWeights.Layer, count: Int) {
    let a = architecture
    let hidden = Kernels.Rows(buffer: scratch.hidden, stride: a.hiddenSize)
    let normed = Kernels.Rows(buffer: scratch.normed, stride: a.hiddenSize)
    func norm(_ weight: FloatBuffer) {
      kernels.rmsNorm(
        hidden, weight: weight, epsilon: a.normEpsilon, m: count, n: a.hiddenSize, output: normed)
    }
    func apply(_ matrix: PackedMatrix, _ input: FloatBuffer, _ output: FloatBuffer) {
      matrix.apply(
        kernels, .init(buffer: input, stride: matrix.inputCount), rows: count,
        output: .init(buffer: output, stride: matrix.outputCount))
    }
    norm(layer.attentionNorm)
    apply(layer.query, scratch.normed, scratch.query)
    apply(layer.key, scratch.normed, scratch.key)
    apply(layer.value, scratch.normed, scratch.value)
    rotate(scratch.query, heads: a.headCount, count: count)
    rotate(scratch.key, heads: a.keyValueHeadCount, count: count)
    attend(count: count)
    apply(layer.attentionOutput, scratch.attention, scratch.normed)
    kernels.add(scratch.hidden, scratch.normed, n: count * a.hiddenSize)

    norm(layer.mlpNorm)
    apply(layer.gate, scratch.normed, scratch.gate)
    apply(layer.up, scratch.normed, scratch.up)
    kernels.siluMultiply(gate: scratch.gate, up: scratch.up, n: count * a.intermediateSize)
    apply(layer.down, scratch.gate, scratch.normed)
    kernels.add(scratch.hidden, scratch.normed, n: count * a.hiddenSize)
  }

  private func rotate(_ rows: FloatBuffer, heads: Int, count: Int) {
    let half = architecture.headDimension / 2
    for position in 0..<count {
      kernels.rotateHalves(
        rows, at: position * heads * architecture.headDimension, heads: heads, half: half,
        cosines: rotary.cosines, sines: rotary.sines, angle: position * half)
    }
  }

  /// Causal attention of every head: softmax(q kᵀ / √d) v.
  private func attend(count: Int) {
    let a = architecture
    let d = a.headDimension
    let group = a.headCount / a.keyValueHeadCount
    kernels.scale(scratch.query, by: 1 / Float(d).squareRoot(), n: count * a.headCount * d)
    for keyHead in 0..<a.keyValueHeadCount {
      let stride = a.keyValueHeadCount * d
      kernels.pack(
        .init(buffer: scratch.key, offset: keyHead * d, stride: stride), n: count, k: d,
        into: scratch.packedKeys)
      kernels.pack(
        columns: .init(buffer: scratch.value, offset: keyHead * d, stride: stride), n: d, k: count,
        into: scratch.packedValues)
      for head in keyHead * group..<(keyHead + 1) * group {
        for start in Swift.stride(from: 0, to: count, by: Self.queryBlock) {
          attend(head: head, queries: start..<min(start + Self.queryBlock, count), count: count)
        }
      }
    }
  }

  /// Attention of some rows of one head; its keys and values are packed.
  private func attend(head: Int, queries: Range<Int>, count: Int) {
    let a = architecture
    let d = a.headDimension
    let width = a.headCount * d
    let keyCount = queries.upperBound
    let scores = Kernels.Rows(buffer: scratch.scores, stride: keyCount)
    let offset = queries.lowerBound * width + head * d
    kernels.product(
      .init(buffer: scratch.query, offset: offset, stride: width), m: queries.count,
      panels: scratch.packedKeys, packedK: d, n: keyCount, k: d, output: scores)
    for query in queries {
      let row = (query - queries.lowerBound) * keyCount
      kernels.softmax(scratch.scores, at: row, n: query + 1)
      scratch.scores.zero(at: row + query + 1, count: keyCount - query - 1)
    }
    kernels.product(
      scores, m: queries.count, panels: scratch.packedValues, packedK: count, n: d, k: keyCount,
      output: .init(buffer: scratch.attention, offset: offset, stride: width))
  }

  private func computeLogits(from start: Int, rows: Int) {
    let a = architecture
    let offset = start * a.hiddenSize
    let normed = Kernels.Rows(buffer: scratch.normed, offset: offset, stride: a.hiddenSize)
    kernels.rmsNorm(
      .init(buffer: scratch.hidden, offset: offset, stride: a.hiddenSize),
      weight: weights.outputNorm, epsilon: a.normEpsilon, m: rows, n: a.hiddenSize, output: normed)
    weights.head.apply(
      kernels, normed, rows: rows,
      output: .init(buffer: scratch.logits, stride: a.vocabularySize))
  }
}
