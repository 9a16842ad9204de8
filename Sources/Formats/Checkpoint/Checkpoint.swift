public import Core

/// One model's weights as they lie on disk, in one file or several.
///
/// Opening reads headers only and checks every field of them; values are read when they are asked
/// for. Files stay mapped as long as the value lives, and must not change meanwhile.
public struct Checkpoint: TensorSource {
  /// The formats that can be opened.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    case safetensors, gguf, pytorch
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
  /// The metadata in the files: texts in safetensors, key-value pairs in GGUF, numbers and texts that
  /// were saved beside the weights in PyTorch.
  ///
  /// Arrays of more than 16 elements stand as `{"element_type": …, "count": …}`; read them with
  /// ``metadataArray(_:)``.
  public let metadata: JSONValue
  /// Which model it is, such as `llama`; `nil` where nothing says it.
  public let architecture: String?
  /// What the model computes; `nil` where nothing says it, or for an architecture that is not among
  /// ``ModelConfig/architectures``.
  public internal(set) var config: ModelConfig?
  /// Why there is no ``config`` although something describes the model.
  ///
  /// The tensors can be read all the same. It is among the ``warnings`` too.
  public let configProblem: CheckpointError?
  /// The `config.json` beside the files; `nil` for GGUF, or where there is none.
  public let configDocument: JSONValue?
  /// The `tokenizer.json` beside the files; `nil` where there is none.
  public internal(set) var tokenizerPath: String?
  /// What is odd but does not keep the checkpoint from being used.
  public let warnings: [CheckpointError]

  let files: [MappedFile]
  let unpacked = UnpackedStorages()
  let ggufMetadata: GGUFMetadata?
  private let positionsByName: [String: Int]
  private let positionsByRole: [Role: Int]

  /// Opens a checkpoint.
  ///
  /// - Parameter path: A `.safetensors` or `.gguf` file, a file of PyTorch, an index of shards, any
  ///   part of a split GGUF checkpoint, or a folder that holds one of these.
  /// - Throws: ``CheckpointError`` for the first thing that is wrong with it.
  public init(path: String) throws(CheckpointError) {
    try self.init(path: path, try CheckpointLocation(path: path))
  }

  init(path: String, _ location: CheckpointLocation) throws(CheckpointError) {
    switch location {
    case .gguf(let file):
      try self.init(
        path: path,
        file.checked { () throws(CheckpointError) in
          try CheckpointContents(gguf: file)
        })
    case .safetensors(let file):
      try self.init(
        path: path,
        file.checked { () throws(CheckpointError) in
          try CheckpointContents(safetensors: file)
        })
    case .pytorch(let file):
      try self.init(
        path: path,
        file.checked { () throws(CheckpointError) in
          try CheckpointContents(pytorch: file)
        })
    case .sharded(let indexPath):
      try self.init(path: path, CheckpointContents(indexPath: indexPath))
    }
    for file in files { try file.checkUnchanged() }
  }

  private init(path: String, _ contents: consuming CheckpointContents) throws(CheckpointError) {
    self.path = path
    format = contents.format
    files = contents.files
    shards = contents.files.map { Shard(path: $0.path, byteCount: $0.byteCount) }
    metadata = contents.metadata
    ggufMetadata = contents.ggufMetadata
    var configFile: ConfigFile?
    var config: ModelConfig?
    var configProblem: CheckpointError?
    do throws(CheckpointError) {
      configFile = try contents.configFile()
      config = try contents.config(configFile)
    } catch {
      configProblem = error
    }
    architecture = try contents.architecture ?? configFile?.architecture
    self.config = config
    self.configProblem = configProblem
    configDocument = configFile?.document
    tokenizerPath = FilePath.existing("tokenizer.json", beside: contents.anchor)
    warnings = contents.warnings + [configProblem].compactMap(\.self)
    contents.describeTensors(architecture: architecture, config: configFile)
    tensors = contents.tensors
    var positionsByName: [String: Int] = Dictionary(minimumCapacity: tensors.count)
    var positionsByRole: [Role: Int] = Dictionary(minimumCapacity: tensors.count)
    for (position, tensor) in tensors.enumerated() {
      positionsByName[tensor.name] = position
      if let role = tensor.role { positionsByRole[role] = position }
    }
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

  /// Where a tensor's numbers come from: its file.
  public func origin(of tensor: TensorInfo) -> TensorOrigin? {
    TensorOrigin(tensor, in: files[tensor.shardIndex])
  }

  /// An array in a GGUF file's metadata, such as `tokenizer.ggml.tokens`; nothing of it is read yet.
  ///
  /// - Returns: `nil` if there is no such key, and for other formats.
  /// - Throws: ``CheckpointError`` if the key's value is no array.
  public func metadataArray(_ key: String) throws(CheckpointError) -> MetadataArray? {
    try ggufMetadata?.array(key)
  }
}
