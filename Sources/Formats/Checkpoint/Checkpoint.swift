public import Core
import OrderedCollections

/// One model's weights as they lie on disk, in one file or several.
///
/// Opening reads headers only and checks every field of them; values are read when they are asked
/// for. Files stay mapped as long as the value lives, and must not change meanwhile.
public struct Checkpoint: TensorSource {
  /// The formats that can be opened.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    case safetensors, gguf
  }

  /// One file of a checkpoint.
  public struct Shard: Sendable, Hashable {
    /// The file's path.
    public var path: String
    /// How many bytes the file has.
    public var byteCount: Int
  }

  /// The path, as the user wrote it.
  public let path: String
  /// The format of its files.
  public let format: Format
  /// The files that hold tensors, in alphabetical order.
  public let shards: [Shard]
  /// The tensors, in the order of their data.
  public let tensors: [TensorInfo]
  /// The metadata in the files: texts in safetensors, key-value pairs in GGUF.
  ///
  /// Arrays of more than 16 elements stand as `{"element_type": …, "count": …}`; read them with
  /// ``metadataArray(_:)``.
  public let metadata: JSONValue
  /// Which model it is, such as `llama`; `nil` where nothing says it.
  public let architecture: String?
  /// The shape of the model; `nil` where nothing says it, or for another architecture than LLaMA.
  public let config: ModelConfig?
  /// The `config.json` beside the files; `nil` for GGUF, or where there is none.
  public let configDocument: JSONValue?
  /// The `tokenizer.json` beside the files; `nil` where there is none.
  public let tokenizerPath: String?
  /// What is odd but does not keep the checkpoint from being used.
  public let warnings: [CheckpointError]

  let files: [MappedFile]
  private let ggufMetadata: GGUFMetadata?
  private let positionsByName: [String: Int]
  private let positionsByRole: [Role: Int]

  /// Opens a checkpoint.
  ///
  /// - Parameter path: A `.safetensors` or `.gguf` file, an index of shards, any part of a split GGUF
  ///   checkpoint, or a folder that holds one of these.
  /// - Throws: ``CheckpointError`` for the first thing that is wrong with it.
  public init(path: String) throws(CheckpointError) {
    try self.init(path: path, try CheckpointLocation(path: path))
  }

  init(path: String, _ location: CheckpointLocation) throws(CheckpointError) {
    switch location {
    case .gguf(let file):
      try self.init(path: path, gguf: file)
    case .safetensors(let file):
      let header = try SafetensorsHeader(file, shardIndex: 0)
      try self.init(
        path: path, files: [file], safetensors: header.tensors, metadata: header.metadata)
    case .sharded(let indexPath):
      let model = try ShardedSafetensors(indexPath: indexPath)
      try self.init(
        path: path, files: model.files, safetensors: model.tensors, metadata: model.metadata,
        beside: indexPath, warnings: model.warnings)
    }
  }

  private init(path: String, gguf file: MappedFile) throws(CheckpointError) {
    let model = try SplitGGUF(file)
    let config = try ModelConfig(model.metadata, tensors: model.tensors)
    self.init(
      path: path, format: .gguf, files: model.files,
      tensors: model.tensors.map { $0.withGGUFLayout(config) },
      metadata: try model.metadata.json(), ggufMetadata: model.metadata,
      architecture: try model.metadata.string("general.architecture"), config: config,
      configDocument: nil, tokenizerPath: FilePath.existing("tokenizer.json", beside: file.path),
      warnings: [])
  }

  private init(
    path: String, files: [MappedFile], safetensors tensors: [TensorInfo],
    metadata: OrderedDictionary<String, JSONValue>, beside index: String? = nil,
    warnings: [CheckpointError] = []
  ) throws(CheckpointError) {
    let anchor = index ?? files.first?.path ?? path
    let configPath = FilePath.existing("config.json", beside: anchor)
    let configFile: ConfigFile? =
      if let configPath { try ConfigFile(path: configPath) } else { nil }
    let config: ModelConfig? = if let configFile { try ModelConfig(configFile) } else { nil }
    self.init(
      path: path, format: .safetensors, files: files, tensors: tensors,
      metadata: .object(metadata), ggufMetadata: nil, architecture: configFile?.architecture,
      config: config, configDocument: configFile?.document,
      tokenizerPath: FilePath.existing("tokenizer.json", beside: anchor), warnings: warnings)
  }

  private init(
    path: String, format: Format, files: [MappedFile], tensors: [TensorInfo],
    metadata: JSONValue, ggufMetadata: GGUFMetadata?, architecture: String?,
    config: ModelConfig?, configDocument: JSONValue?, tokenizerPath: String?,
    warnings: [CheckpointError]
  ) {
    self.path = path
    self.format = format
    self.files = files
    shards = files.map { Shard(path: $0.path, byteCount: $0.byteCount) }
    self.metadata = metadata
    self.ggufMetadata = ggufMetadata
    self.architecture = architecture
    self.config = config
    self.configDocument = configDocument
    self.tokenizerPath = tokenizerPath
    self.warnings = warnings
    var unique = tensors
    var positionsByName: [String: Int] = Dictionary(minimumCapacity: tensors.count)
    var positionsByRole: [Role: Int] = Dictionary(minimumCapacity: tensors.count)
    for (position, tensor) in tensors.enumerated() {
      positionsByName[tensor.name] = position
      guard let role = tensor.role else { continue }
      // A role belongs to the first tensor that has it; a second one goes by its name alone.
      if positionsByRole[role] == nil {
        positionsByRole[role] = position
      } else {
        unique[position].role = nil
      }
    }
    self.tensors = unique
    self.positionsByName = positionsByName
    self.positionsByRole = positionsByRole
  }

  /// The tensor with a role.
  ///
  /// - Complexity: O(1).
  public func tensor(role: Role) -> TensorInfo? { positionsByRole[role].map { tensors[$0] } }

  /// The tensor with a name.
  ///
  /// - Complexity: O(1).
  public func tensor(named name: String) -> TensorInfo? {
    positionsByName[name].map { tensors[$0] }
  }

  /// An array in a GGUF file's metadata, such as `tokenizer.ggml.tokens`; nothing of it is read yet.
  ///
  /// - Returns: `nil` if there is no such key, and for other formats.
  /// - Throws: ``CheckpointError`` if the key's value is no array.
  public func metadataArray(_ key: String) throws(CheckpointError) -> MetadataArray? {
    try ggufMetadata?.array(key)
  }
}

extension TensorInfo {
  /// The tensor with the layout that the converter to GGUF gives it.
  fileprivate func withGGUFLayout(_ config: ModelConfig?) -> TensorInfo {
    guard let config, let component = role?.component else { return self }
    let headCount: Int
    switch component {
    case .attn_q: headCount = config.headCount
    case .attn_k: headCount = config.keyValueHeadCount
    default: return self
    }
    // Rows that are not whole heads with two halves cannot have been permuted.
    guard rowCount > 0, rowCount % (2 * headCount) == 0 else { return self }
    var tensor = self
    tensor.rowLayout = .interleavedRotary(headCount: headCount)
    return tensor
  }
}
