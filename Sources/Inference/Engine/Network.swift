import Core
import Formats

/// What a model computes and the numbers that it does it with.
struct Network: Sendable {
  let architecture: Architecture
  let weights: ModelWeights
  /// The format that products take their inputs in.
  let operand: Operand
  /// The kernels that compute.
  var kernels: Kernels
  /// The weights that are in memory.
  var residency: WeightResidency
  /// The threads that compute.
  let workGroup: WorkGroup

  /// Finds a model's weights; linear maps are read when they are first needed.
  ///
  /// - Parameters:
  ///   - source: The tensors.
  ///   - architecture: What the model computes.
  ///   - operand: The format that products take their inputs in.
  ///   - kernels: The kernels that compute.
  ///   - workGroup: The threads that compute.
  /// - Throws: `InputError` for a tensor that is missing or of another shape; `CheckpointError` for
  ///   one that cannot be decoded.
  init(
    _ source: some TensorSource, _ architecture: Architecture, operand: Operand = .f32,
    kernels: Kernels = .best, workGroup: WorkGroup = WorkGroup()
  ) throws {
    self.architecture = architecture
    self.operand = operand
    self.kernels = kernels
    self.workGroup = workGroup
    weights = try ModelWeights(source, architecture, operand: operand)
    residency = WeightResidency(weights.matrices, kernels: kernels, workGroup: workGroup)
  }

  /// What computes with the network.
  var workers: Workers { Workers(kernels: kernels, workGroup: workGroup) }
}
