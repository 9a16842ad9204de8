public import OrderedCollections

/// What a checkpoint is, so that a reader can tell whether theirs is the same.
public struct CheckpointIdentity: Sendable, Equatable {
  /// The name that it goes by in the study.
  public var name: String
  /// Where it was, as the user wrote it.
  public var path: String
  /// Its format, such as `safetensors`.
  public var format: String
  /// Its architecture, such as `llama`; `nil` where the files do not say.
  public var architecture: String?
  /// How many parameters it has.
  public var parameterCount: Int
  /// How many bytes its tensors take.
  public var byteCount: Int
  /// How many tensors there are of each stored type, in alphabetical order.
  public var dtypes: OrderedDictionary<String, Int>
  /// The hash of its decoded weights, the same for every format; `nil` where it was not computed.
  public var contentHash: String?

  /// Creates a description.
  public init(
    name: String, path: String, format: String, architecture: String?, parameterCount: Int,
    byteCount: Int, dtypes: OrderedDictionary<String, Int>, contentHash: String?
  ) {
    self.name = name
    self.path = path
    self.format = format
    self.architecture = architecture
    self.parameterCount = parameterCount
    self.byteCount = byteCount
    self.dtypes = dtypes
    self.contentHash = contentHash
  }

  /// Stands for a checkpoint that could not be read.
  init(missing name: String, path: String) {
    self.init(
      name: name, path: path, format: "not read", architecture: nil, parameterCount: 0,
      byteCount: 0, dtypes: [:], contentHash: nil)
  }
}
