public import Core

/// A checkpoint whose packed weights are decoded, whatever packer laid them out.
///
/// GPTQ, AWQ, bitsandbytes, compressed-tensors, FP8 with scales and MXFP4 store a weight in several
/// tensors: codes, scales, zero points, indices. Here each weight is one tensor under its Hugging
/// Face name with its logical shape, and its parts are hidden; all other tensors are those of the
/// checkpoint. Every part has been compared with the others and with the configuration when the
/// value is made.
///
/// Values are computed in f32: scales are widened exactly, and every difference and product is
/// rounded once. Rounded to the dtype of the scales they are what the packers' own programs give
/// where those compute in that dtype and codes fit it.
///
/// Weights of a method that is not decoded stay as they are stored, with a warning that names it.
public struct PackedWeights: TensorSource {
  /// The checkpoint that holds the files.
  public let checkpoint: Checkpoint
  /// The quantization method as the configuration spells it, such as `gptq`; `nil` where none is
  /// named.
  public let method: String?
  /// The tensors, packed weights where their codes lie.
  public let tensors: [TensorInfo]
  /// What is odd about the checkpoint, and the methods whose weights are left as they are.
  public let warnings: [CheckpointError]

  private let packed: [String: PackedTensor]
  private let positionsByName: [String: Int]
  private let positionsByRole: [Role: Int]

  /// Finds and checks the packed weights of a checkpoint; `nil` where nothing is packed.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Throws: ``CheckpointError`` for the first part that is missing or does not fit the others.
  public init?(_ checkpoint: Checkpoint) throws(CheckpointError) {
    guard checkpoint.format == .safetensors else { return nil }
    let config = try QuantizationConfig(checkpoint)
    // Codes are no floats of 16 bits or more; most checkpoints hold nothing else.
    guard config != nil || !checkpoint.tensors.allSatisfy(\.dtype.isPlainFloat) else { return nil }
    let name: String? = config.flatMap { $0.method.isEmpty ? nil : $0.method }
    switch PackingMethod(config, checkpoint.tensors) {
    case .left(let method):
      let path = config?.path ?? checkpoint.path
      let warning = CheckpointError(.unknownPacking(method), path: path)
      self.init(checkpoint, method: name, weights: [], warnings: [warning])
    case .decoded:
      let weights = try Self.weights(checkpoint, config)
      guard !weights.isEmpty else { return nil }
      try Self.refuseDoubles(weights, checkpoint)
      self.init(checkpoint, method: name, weights: weights, warnings: [])
    }
  }

  private init(
    _ checkpoint: Checkpoint, method: String?, weights: [PackedTensor], warnings: [CheckpointError]
  ) {
    self.checkpoint = checkpoint
    self.method = method
    self.warnings = checkpoint.warnings + warnings
    var hidden: Set<String> = []
    var weightsByCodes: [String: PackedTensor] = Dictionary(minimumCapacity: weights.count)
    packed = Dictionary(weights.map { ($0.info.name, $0) }) { first, _ in first }
    for weight in weights {
      hidden.formUnion(weight.companions)
      weightsByCodes[weight.companions[0]] = weight
    }
    var tensors: [TensorInfo] = []
    for tensor in checkpoint.tensors {
      if let weight = weightsByCodes[tensor.name] {
        tensors.append(weight.info)
      } else if !hidden.contains(tensor.name) {
        tensors.append(tensor)
      }
    }
    var positionsByName: [String: Int] = Dictionary(minimumCapacity: tensors.count)
    var positionsByRole: [Role: Int] = Dictionary(minimumCapacity: tensors.count)
    for position in tensors.indices {
      positionsByName[tensors[position].name] = position
      guard let role = tensors[position].role else { continue }
      // A role belongs to the first tensor that has it, as in the checkpoint.
      if positionsByRole[role] == nil {
        positionsByRole[role] = position
      } else {
        tensors[position].role = nil
      }
    }
    self.tensors = tensors
    self.positionsByName = positionsByName
    self.positionsByRole = positionsByRole
  }

  /// The path, as the user wrote it.
  public var path: String { checkpoint.path }

  /// Which model it is, such as `llama`; `nil` where nothing says it.
  public var architecture: String? { checkpoint.architecture }

  /// The shape of the model; `nil` where nothing says it, or for an architecture that is not known.
  public var config: ModelConfig? { checkpoint.config }

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

  /// The names of the tensors that a weight is made of, its codes first; `nil` for a tensor that is
  /// not packed.
  public func parts(of tensor: TensorInfo) -> [String]? { packed[tensor.name]?.companions }

  /// Decodes some elements of a tensor; nothing else of it is decoded.
  ///
  /// Calls may overlap on several threads. The rows of packed weights are in the logical order.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``.
  ///   - elements: Positions in the flattened tensor, its rows in `order`.
  ///   - order: The order of rows.
  ///   - output: Receives the values; it has exactly as many places as `elements`.
  /// - Throws: ``CheckpointError`` if the dtype cannot be decoded, or if an input is in a group
  ///   that does not exist.
  public func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    guard case .packed = tensor.dtype, let weight = packed[tensor.name] else {
      try checkpoint.decode(tensor, elements: elements, order: order, into: &output)
      return
    }
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= weight.info.elementCount,
      "elements outside the tensor")
    precondition(elements.count == output.count, "as many places as elements")
    try weight.decode(elements, into: &output)
    try checkUnchanged(weight)
  }

  /// Where a tensor's numbers come from: the file of its codes.
  public func origin(of tensor: TensorInfo) -> TensorOrigin? { checkpoint.origin(of: tensor) }

  /// Calls a closure with a tensor's bytes, if they lie in one piece with their rows in an order.
  ///
  /// - Returns: What the closure returns; `nil`, without a call, for a packed weight, and where the
  ///   checkpoint has no such bytes.
  public func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    if case .packed = tensor.dtype { return nil }
    return try checkpoint.withStoredBytes(of: tensor, order: order, body)
  }

  /// How far apart the numbers are that the tensor could hold as it is stored, at some elements.
  public func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    guard case .packed(let packing) = tensor.dtype, let weight = packed[tensor.name] else {
      return try checkpoint.roundingSteps(of: tensor, elements: elements)
    }
    guard packing.method != .normalFloat else {
      return .unknown(reason: "\(tensor.dtype) rounds to a codebook")
    }
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= weight.info.elementCount,
      "elements outside the tensor")
    let squares = try weight.stepSquares(elements)
    try checkUnchanged(weight)
    return .squares(squares)
  }

  /// Gives up the memory of the stored bytes of elements that have been read; not of packed weights.
  public func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    checkpoint.discard(tensor, elements: elements)
  }
}

extension PackedWeights {
  /// The identity of a tensor's stored bytes: XXH3-128, for a packed weight over all its parts, its
  /// codes first.
  ///
  /// - Throws: ``CheckpointError`` if the file changes meanwhile.
  public func storageHash(of tensor: TensorInfo) throws(CheckpointError) -> ContentHash {
    guard let weight = packed[tensor.name] else { return try checkpoint.storageHash(of: tensor) }
    var hasher = ContentHasher()
    for part in weight.companions.compactMap(checkpoint.tensor(named:)) {
      StoredTensor(part, in: checkpoint).withBytes { hasher.update($0) }
    }
    try checkUnchanged(weight)
    return hasher.hash
  }

  private func checkUnchanged(_ weight: PackedTensor) throws(CheckpointError) {
    for part in weight.companions.compactMap(checkpoint.tensor(named:)) {
      try checkpoint.files[part.shardIndex].checkUnchanged(tensor: weight.info.name)
    }
  }

  /// The packed weights of a checkpoint, in the order of their codes.
  private static func weights(
    _ checkpoint: Checkpoint, _ config: QuantizationConfig?
  ) throws(CheckpointError) -> [PackedTensor] {
    var weights: [PackedTensor] = []
    let fourBitNames = try fourBitNames(checkpoint)
    for tensor in checkpoint.tensors where tensor.elementCount > 0 {
      let module = PackedModule(checkpoint, config, codes: tensor)
      if fourBitNames.contains(tensor.name) {
        weights.append(try .fourBit(module))
      } else if let weight = try weight(module) {
        weights.append(weight)
      }
    }
    return weights
  }

  /// The weight that a tensor holds the codes of; `nil` if it holds none.
  private static func weight(_ module: PackedModule) throws(CheckpointError) -> PackedTensor? {
    let name = module.codes.name
    let method = module.config?.method ?? ""
    if name.hasSuffix(".qweight") {
      let isAWQ = method.isEmpty ? PackedTensor.looksLikeAWQ(module) : method == "awq"
      return isAWQ ? try .awq(module) : try .gptq(module)
    }
    if name.hasSuffix(".weight_packed") { return try .compressed(module) }
    if name.hasSuffix("_blocks"), module.codes.dtype == .u8 { return try .experts(module) }
    return try byteWeight(module, method)
  }

  private static func byteWeight(
    _ module: PackedModule, _ method: String
  ) throws(CheckpointError) -> PackedTensor? {
    let name = module.codes.name
    switch module.codes.dtype {
    case .i8:
      let prefix = name.hasSuffix("weight") ? module.prefix(without: "weight") : nil
      if let prefix {
        let hasScales = module.checkpoint.tensor(named: "\(prefix)SCB") != nil
        if hasScales || method == "bitsandbytes" { return try .eightBit(module) }
      }
      return method.isEmpty || method == "compressed-tensors" ? try .bytes(module) : nil
    case .u8 where method == "bitsandbytes" && name.hasSuffix(".weight"):
      // Only weights of four bits are stored so, and they never stand alone.
      return try .fourBit(module)
    case .f8_e4m3, .f8_e5m2, .f8_e4m3fnuz, .f8_e5m2fnuz: return try .bytes(module)
    case .f4: return try .microscaled(module)
    default: return nil
    }
  }

  /// The weights that bitsandbytes has written scales for; one that is not there is an error.
  private static func fourBitNames(
    _ checkpoint: Checkpoint
  ) throws(CheckpointError) -> Set<String> {
    var names: Set<String> = []
    for tensor in checkpoint.tensors {
      guard let suffix = PackedTensor.fourBitSuffixes.first(where: { tensor.name.hasSuffix($0) })
      else { continue }
      let name = String(tensor.name.dropLast(suffix.utf8.count))
      guard checkpoint.tensor(named: name) != nil else {
        throw CheckpointError(
          .missingCompanion(name), path: checkpoint.shards[tensor.shardIndex].path,
          tensor: tensor.name)
      }
      names.insert(name)
    }
    return names
  }

  /// Refuses a weight that is there both packed and plain.
  private static func refuseDoubles(
    _ weights: [PackedTensor], _ checkpoint: Checkpoint
  ) throws(CheckpointError) {
    for weight in weights where weight.info.name != weight.companions[0] {
      guard checkpoint.tensor(named: weight.info.name) == nil else {
        throw CheckpointError(
          .duplicateTensor, path: checkpoint.shards[weight.info.shardIndex].path,
          tensor: weight.info.name)
      }
    }
  }
}

extension DType {
  /// Whether it is a float of 16 bits or more, as weights have that are not packed.
  fileprivate var isPlainFloat: Bool {
    switch self {
    case .f64, .f32, .f16, .bf16: true
    default: false
    }
  }
}
