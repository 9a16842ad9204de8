import CKernels

/// Attention to the keys and values of one head, kept by position.
extension Kernels {
  /// The bytes that keys of `capacity` positions take, `d` elements each.
  static func keyByteCount(_ operand: Operand, capacity: Int, d: Int) -> Int {
    lethe_keys_bytes(operand.ofAttention.kernel, capacity, d)
  }

  /// The bytes that values of `capacity` positions take.
  static func valueByteCount(_ operand: Operand, capacity: Int, d: Int) -> Int {
    lethe_values_bytes(operand.ofAttention.kernel, capacity, d)
  }

  /// Puts keys [m, d] in place, those of the positions from `position` on.
  func appendKeys(
    _ operand: Operand, _ rows: Rows, m: Int, d: Int, into keys: ByteBuffer, position: Int
  ) {
    precondition(position >= 0, "positions before the first")
    unsafe lethe_append_keys(
      set, operand.ofAttention.kernel, rows.pointer(rows: m, columns: d), m, d, rows.stride,
      position,
      keys.pointer(at: 0, needed: Self.keyByteCount(operand, capacity: position + m, d: d)))
  }

  /// Puts values [m, d] in place, those of the positions from `position` on, where there is room for
  /// `capacity` positions.
  func appendValues(
    _ operand: Operand, _ rows: Rows, m: Int, d: Int, into values: ByteBuffer, capacity: Int,
    position: Int
  ) {
    precondition(position >= 0 && position + m <= capacity, "more positions than have room")
    unsafe lethe_append_values(
      set, operand.ofAttention.kernel, rows.pointer(rows: m, columns: d), m, d, rows.stride,
      position, capacity,
      values.pointer(at: 0, needed: Self.valueByteCount(operand, capacity: capacity, d: d)))
  }

  /// Attention of query rows to one head: softmax(cap(scale · q kᵀ) + bias) v.
  ///
  /// Every key that a row sees must have been put in place. Rows go fastest when neighbours see
  /// about the same keys. A row's result depends on nothing but its query and the keys it sees.
  ///
  /// Row i has its query at `offsets[i]` of `call.queries` and its result there in `call.output`; it
  /// stands at `positions[i]`, and the bias of key 0 stands at `biasOffsets[i]` of `call.bias`, if
  /// there is one.
  func attend(
    _ call: AttentionCall, offsets: Span<Int32>, positions: Span<Int32>, biasOffsets: Span<Int32>,
    scratch: inout AttentionScratch
  ) {
    guard !offsets.isEmpty else { return }
    let keyCount = Self.checkedKeyCount(call, offsets, positions, biasOffsets)
    let operand = call.operand.ofAttention
    let byteCount = lethe_attention_scratch_bytes(call.d, keyCount)
    let working = scratch.bytes(byteCount)
    // In C, 0 stands for none.
    let softCap = call.softCap.map { max($0, .leastNormalMagnitude) } ?? 0
    var shared = unsafe lethe_attention(
      operand: operand.kernel, d: call.d, scale: call.scale, soft_cap: softCap,
      window: call.window ?? 0, is_causal: call.isCausal ? 1 : 0, key_count: call.keyCount,
      capacity: call.capacity,
      keys: call.keys.pointer(
        at: 0, needed: Self.keyByteCount(operand, capacity: call.capacity, d: call.d)),
      values: call.values.pointer(
        at: 0, needed: Self.valueByteCount(operand, capacity: call.capacity, d: call.d)),
      queries: call.queries.pointer(at: 0, needed: 0),
      output: call.output.pointer(at: 0, needed: 0),
      bias: call.bias?.pointer(at: 0, needed: 0))
    unsafe offsets.withUnsafeBufferPointer { offsets in
      unsafe positions.withUnsafeBufferPointer { positions in
        unsafe biasOffsets.withUnsafeBufferPointer { biasOffsets in
          unsafe lethe_attend(
            set, &shared, offsets.count, offsets.baseAddress, positions.baseAddress,
            biasOffsets.baseAddress, working.pointer(at: 0, needed: byteCount))
        }
      }
    }
  }

  /// Checks every range of a call; returns how many keys its rows see at most, from key 0 on.
  private static func checkedKeyCount(
    _ call: AttentionCall, _ offsets: Span<Int32>, _ positions: Span<Int32>,
    _ biasOffsets: Span<Int32>
  ) -> Int {
    precondition(positions.count == offsets.count, "a position for each row")
    precondition(call.bias == nil || biasOffsets.count == offsets.count, "a bias for each row")
    precondition(call.window.map { $0 > 0 } ?? true, "a window of nothing")
    let room = min(call.queries.count, call.output.count) - call.d
    var most = 0
    for row in offsets.indices {
      let position = Int(positions[row])
      precondition(offsets[row] >= 0 && Int(offsets[row]) <= room, "outside of a buffer")
      let end = call.isCausal ? position + 1 : call.keyCount
      precondition(position >= 0 && end > 0 && end <= call.capacity, "more keys than have room")
      let start = call.window.map { max(0, position + 1 - $0) } ?? 0
      precondition(start < end, "a row that sees no key")
      if let bias = call.bias {
        let offset = Int(biasOffsets[row])
        precondition(offset + start >= 0 && offset + end <= bias.count, "outside of a buffer")
      }
      most = max(most, end)
    }
    return most
  }
}
