import Core
import Formats
import Inference
import Probe

extension ModelDescription {
  /// Describes a loaded checkpoint; reads every weight once for the content hash.
  init(_ checkpoint: Checkpoint, _ model: LanguageModel, workGroup: WorkGroup) throws {
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
