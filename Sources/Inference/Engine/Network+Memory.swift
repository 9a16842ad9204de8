import Core

extension Network {
  /// The network with as many packed weights kept as there is memory for beside one sequence; the
  /// others pass through memory when they are needed.
  ///
  /// - Parameters:
  ///   - byteCount: How much memory there is.
  ///   - positions: How many positions of the decoder are kept.
  ///   - blockRows: How many rows are worked on at once.
  /// - Returns: The same network; what it computes does not change.
  func limited(to byteCount: Int, positions: Int, blockRows: Int) -> Network {
    let kept = architecture.decoder.layers.reduce(0) {
      $0
        + KeyValueStack.byteCount(
          $1.attention, capacity: positions, operand: operand, threadCount: workGroup.threadCount)
    }
    let scratch = [architecture.encoder, architecture.decoder].compactMap(\.self).reduce(0) {
      $0 + blockRows
        * BlockMemory.byteCountOfRow($1, hiddenSize: architecture.hiddenSize, operand: operand)
    }
    var network = self
    network.residency = WeightResidency(
      weights.matrices, budget: max(0, byteCount - kept - scratch), kernels: kernels,
      workGroup: workGroup)
    return network
  }
}
