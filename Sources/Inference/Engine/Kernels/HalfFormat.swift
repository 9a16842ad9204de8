import CKernels

/// The formats of 16 bits that weights are stored in.
enum HalfFormat: Sendable, Hashable, CaseIterable {
  case bf16, f16

  /// The same in C.
  var kernel: lethe_half_format { self == .bf16 ? LETHE_HALF_BF16 : LETHE_HALF_F16 }
}
