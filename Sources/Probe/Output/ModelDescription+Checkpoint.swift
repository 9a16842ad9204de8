public import Core
public import Formats
public import Inference

extension ModelDescription {
  /// Describes a loaded checkpoint; reads every weight once for the content hash.
  ///
  /// - Parameters:
  ///   - checkpoint: The checkpoint.
  ///   - model: The model that was loaded from it.
  ///   - workGroup: The threads that hash.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public init(_ checkpoint: Checkpoint, _ model: LanguageModel, workGroup: WorkGroup) throws {
    let byteCounts = checkpoint.tensors.reduce(into: [String: Int]()) { sums, tensor in
      sums[tensor.dtype.description, default: 0] += tensor.byteCount
    }
    self.init(
      name: checkpoint.path,
      parameterCount: checkpoint.tensors.reduce(0) { $0 + $1.elementCount },
      dtype: byteCounts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key,
      contentHash: try checkpoint.contentHash(workGroup: workGroup).description,
      numerics: model.numerics, contextLength: model.contextLength)
  }
}
