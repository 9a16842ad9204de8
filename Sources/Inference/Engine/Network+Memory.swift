import Core

extension Network {
  /// How much memory the keys and values of each layer of the decoder take.
  func positionByteCounts(capacity: Int) -> [Int] {
    architecture.decoder.layers.map {
      KeyValueStack.byteCount(
        $0.attention, capacity: capacity, operand: operand, threadCount: workGroup.threadCount)
    }
  }

  /// How much memory blocks of so many rows are worked on in.
  func scratchByteCount(blockRows: Int) -> Int {
    [architecture.encoder, architecture.decoder].compactMap(\.self).reduce(0) {
      $0 + blockRows
        * BlockMemory.byteCountOfRow($1, hiddenSize: architecture.hiddenSize, operand: operand)
    }
  }

  /// The network with as many packed weights kept as there is memory for beside one sequence; the
  /// others pass through memory when they are needed.
  ///
  /// - Parameters:
  ///   - byteCount: How much memory there is.
  ///   - positions: How many positions of the decoder are kept.
  ///   - blockRows: How many rows are worked on at once.
  /// - Returns: The same network; what it computes does not change.
  func limited(to byteCount: Int, positions: Int, blockRows: Int) -> Network {
    let kept = positionByteCounts(capacity: positions).reduce(0, +)
    let scratch = scratchByteCount(blockRows: blockRows)
    var network = self
    network.residency = WeightResidency(
      weights.matrices, budget: max(0, byteCount - kept - scratch), kernels: kernels,
      workGroup: workGroup)
    return network
  }
}
