import Formats

/// Where the numbers of one linear map, [outputs, inputs], are stored.
struct MatrixSource: Sendable {
  let source: any TensorSource
  let tensor: TensorInfo
  /// The element of the tensor that the matrix starts at.
  var start = 0
  /// How many outputs are stored; those of other maps may be among them.
  let storedCount: Int
  /// The stored outputs that the map takes, in its order.
  let rows: [Range<Int>]
  /// The features that go in.
  let inputCount: Int
  /// Whether it is stored [inputs, outputs].
  var isTurned = false

  /// The features that come out.
  var outputCount: Int { rows.reduce(0) { $0 + $1.count } }

  /// How many outputs are packed at a time: whole panels, enough to be worth a call; all of those
  /// that lie across the tensor.
  var packedAtOnce: Int { isTurned ? max(outputCount, 1) : 8 * Kernels.panelWidth }

  /// Decodes and packs some of the outputs, from a whole panel on.
  ///
  /// - Throws: `CheckpointError` if the tensor cannot be decoded.
  func pack(
    _ outputs: Range<Int>, _ operand: Operand, into panels: ByteBuffer, _ kernels: Kernels,
    scratch: inout FloatBuffer
  ) throws {
    var first = 0
    for run in rows {
      let wanted = outputs.clamped(to: first..<first + run.count)
      if !wanted.isEmpty {
        let offset = run.lowerBound - first
        let stored = wanted.lowerBound + offset..<wanted.upperBound + offset
        try pack(
          stored: stored, operand, into: panels, first: wanted.lowerBound, kernels, &scratch)
      }
      first += run.count
    }
  }

  private func pack(
    stored: Range<Int>, _ operand: Operand, into panels: ByteBuffer, first: Int, _ kernels: Kernels,
    _ scratch: inout FloatBuffer
  ) throws {
    guard !isTurned else {
      let all = try values(of: 0..<storedCount * inputCount)
      let turned = all.transposed(rows: inputCount, columns: storedCount)
      return kernels.packWeights(
        operand, .init(buffer: turned, offset: stored.lowerBound * inputCount, stride: inputCount),
        n: stored.count, k: inputCount, into: panels, first: first)
    }
    let elements = stored.lowerBound * inputCount..<stored.upperBound * inputCount
    guard try !packHalves(elements, operand, into: panels, first: first, kernels) else { return }
    FloatBuffer.grow(&scratch, to: elements.count)
    try decode(elements, into: scratch)
    kernels.packWeights(
      operand, .init(buffer: scratch, stride: inputCount), n: stored.count, k: inputCount,
      into: panels, first: first)
  }

  /// Packs 16-bit floats as they lie in the file, if they do.
  private func packHalves(
    _ elements: Range<Int>, _ operand: Operand, into panels: ByteBuffer, first: Int,
    _ kernels: Kernels
  ) throws -> Bool {
    guard let format = HalfFormat(tensor.dtype) else { return false }
    let done: Void? = try source.withStoredBytes(of: tensor, order: .logical) { bytes in
      unsafe bytes.withUnsafeBytes { all in
        let range = (start + elements.lowerBound) * 2..<(start + elements.upperBound) * 2
        let part = unsafe UnsafeRawBufferPointer(rebasing: all[range])
        guard let first16 = part.baseAddress else { return }
        unsafe kernels.packWeights(
          operand, halves: first16, format, n: elements.count / inputCount,
          k: inputCount, into: panels, first: first)
      }
    }
    return done != nil
  }

  private func values(of elements: Range<Int>) throws -> FloatBuffer {
    let buffer = FloatBuffer(count: elements.count)
    try decode(elements, into: buffer)
    return buffer
  }

  private func decode(_ elements: Range<Int>, into buffer: FloatBuffer) throws {
    try buffer.fill(first: elements.count) { span throws in
      try source.decode(
        tensor, elements: start + elements.lowerBound..<start + elements.upperBound,
        order: .logical, into: &span)
    }
  }

  /// Gives up the memory of the stored bytes.
  func discard() {
    let count = storedCount * inputCount
    source.discard(tensor, elements: start..<start + count)
  }
}

extension HalfFormat {
  /// The format of a dtype's elements, if they are 16-bit floats.
  fileprivate init?(_ dtype: DType) {
    switch dtype {
    case .bf16: self = .bf16
    case .f16: self = .f16
    default: return nil
    }
  }
}
