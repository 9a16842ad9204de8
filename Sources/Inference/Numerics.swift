import Formats

/// In which format products take their inputs; sums, the residual, norms, softmax and logits are f32
/// with each.
public enum Numerics: String, Sendable, Hashable, CaseIterable {
  /// bf16 for checkpoints that are stored in 16 bits or fewer, on processors that multiply bf16
  /// themselves; else f32.
  case auto
  case f32
  /// Weights and activations are rounded to bf16.
  case bf16
  /// Weights and activations are rounded to 8 bits, 32 elements with a scale.
  case int8

  /// The format for a model's weights on this processor.
  func operand(for source: some TensorSource, _ kernels: Kernels) -> Operand {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .int8: .int8
    case .auto: source.isStoredInHalves && kernels.multipliesBF16 ? .bf16 : .f32
    }
  }
}

extension TensorSource {
  /// Whether most of what is multiplied has at most 16 bits a number.
  fileprivate var isStoredInHalves: Bool {
    var (halves, all) = (0, 0)
    for tensor in tensors where tensor.logicalShape.count > 1 && !tensor.isBuffer {
      all += tensor.elementCount
      switch tensor.dtype {
      case .f32, .f64: break
      default: halves += tensor.elementCount
      }
    }
    return halves * 2 > all
  }
}
