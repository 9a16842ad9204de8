import CKernels

/// What the head needs of its logits.
extension Kernels {
  /// The statistics of `n` logits of one row from `offset` on; some 512 at a time stay in cache.
  func logitStatistics(_ logits: FloatBuffer, at offset: Int, n: Int) -> LogitStatistics {
    precondition(n > 0, "statistics of nothing")
    let result = unsafe lethe_logit_block(set, logits.pointer(at: offset, needed: n), n)
    return LogitStatistics(largest: result.largest, index: result.index, sum: result.sum)
  }

  /// up = f(gate) · up, element by element, of the `n` floats from `offset` on.
  func gate(
    _ gate: FloatBuffer, _ up: FloatBuffer, _ function: lethe_activation, at offset: Int = 0, n: Int
  ) {
    unsafe lethe_gate(
      set, function, gate.pointer(at: offset, needed: n), up.pointer(at: offset, needed: n), n)
  }
}
