public import Core
public import Formats
public import Inference

extension ModelDescription {
  /// Describes a loaded model; reads every weight once for the content hash.
  ///
  /// - Parameters:
  ///   - source: The weights that it was loaded from.
  ///   - model: The model.
  ///   - contentHash: The content hash of the weights, where it is known.
  ///   - workGroup: The threads that hash.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public init(
    _ source: some TensorSource, _ model: LanguageModel, contentHash: String? = nil,
    workGroup: WorkGroup
  ) throws {
    let byteCounts = source.tensors.reduce(into: [String: Int]()) { sums, tensor in
      sums[tensor.dtype.description, default: 0] += tensor.byteCount
    }
    self.init(
      name: source.path,
      parameterCount: source.tensors.reduce(0) { $0 + $1.elementCount },
      dtype: byteCounts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key,
      contentHash: try contentHash ?? source.contentHash(workGroup: workGroup).description,
      numerics: model.numerics, contextLength: model.contextLength)
  }
}
