import CKernels

/// The format that products take their inputs in; sums are f32 with each.
enum Operand: String, Sendable, Hashable, CaseIterable {
  case f32, bf16, int8

  /// The same in C.
  var kernel: lethe_operand {
    switch self {
    case .f32: LETHE_F32
    case .bf16: LETHE_BF16
    case .int8: LETHE_INT8
    }
  }

  /// What queries, keys and values are where weights and activations are this.
  var ofAttention: Operand { self == .int8 ? .bf16 : self }
}
