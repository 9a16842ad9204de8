public import Core
import OrderedCollections

extension CheckpointReport {
  /// The document of one or several checkpoints; with one, its keys also stand at the top level.
  public static func document(_ reports: [CheckpointReport]) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = ["schema_version": 1]
    if let only = reports.first, reports.count == 1 {
      members.merge(only.members) { first, _ in first }
    }
    members["checkpoints"] = .array(reports.map { .object($0.members) })
    return .object(members)
  }

  private var members: OrderedDictionary<String, JSONValue> {
    [
      "path": .string(checkpoint.path), "format": .string(checkpoint.format.rawValue),
      "architecture": JSONValue(checkpoint.architecture),
      "parameter_count": .integer(parameterCount), "byte_count": .integer(byteCount),
      "layer_count": JSONValue(facts.layerCount), "hidden_size": JSONValue(facts.hiddenSize),
      "head_count": JSONValue(facts.headCount),
      "key_value_head_count": JSONValue(facts.keyValueHeadCount),
      "context_length": JSONValue(facts.contextLength),
      "vocabulary_size": JSONValue(facts.vocabularySize),
      "content_hash": JSONValue(contentHash?.description),
      "shards": .array(
        checkpoint.shards.map {
          ["path": .string($0.path), "byte_count": .integer($0.byteCount)]
        }),
      "metadata": checkpoint.metadata, "config": checkpoint.configDocument ?? .null,
      "dtypes": .object(
        OrderedDictionary(uniqueKeysWithValues: dtypes.map { ("\($0.dtype)", json($0)) })),
      "tensors": .array(tensors.map(json)), "problems": .array(problems.map(Self.json)),
    ]
  }

  private func json(_ share: DTypeShare) -> JSONValue {
    [
      "tensor_count": .integer(share.tensorCount),
      "parameter_count": .integer(share.parameterCount), "byte_count": .integer(share.byteCount),
      "byte_fraction": byteCount > 0
        ? .number(Double(share.byteCount) / Double(byteCount)) : .null,
    ]
  }

  private func json(_ tensor: TensorInfo) -> JSONValue {
    [
      "name": .string(tensor.name), "role": JSONValue(tensor.role?.description),
      "layer": JSONValue(tensor.layer),
      "component": JSONValue(tensor.role?.component.rawValue),
      "shape": .array(tensor.shape.map(JSONValue.integer)), "dtype": .string("\(tensor.dtype)"),
      "byte_count": .integer(tensor.byteCount), "shard": .integer(tensor.shardIndex),
      "file_offset": .integer(tensor.fileOffset),
      "content_hash": JSONValue(hashes[tensor.name]?.content?.description),
      "storage_hash": JSONValue(hashes[tensor.name]?.storage.description),
    ]
  }

  private static func json(_ problem: CheckpointError) -> JSONValue {
    [
      "problem": .string(problem.problem.code), "severity": "warning",
      "message": .string(problem.problem.message), "path": .string(problem.path),
      "tensor": JSONValue(problem.tensor), "file_offset": JSONValue(problem.offset),
    ]
  }
}
