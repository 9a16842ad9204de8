import CKernels

/// The activation of an MLP.
enum Activation: Sendable, Equatable {
  case silu, gelu, geluTanh, relu
  /// What gates are made of; no MLP's own.
  case sigmoid

  /// What the kernels call it.
  var kernel: lethe_activation {
    switch self {
    case .silu: LETHE_SILU
    case .gelu: LETHE_GELU
    case .geluTanh: LETHE_GELU_TANH
    case .relu: LETHE_RELU
    case .sigmoid: LETHE_SIGMOID
    }
  }
}
