/// Tensors with their values, wherever they come from.
///
/// A checkpoint is one; so is what is made from several, such as a base with an adapter.
public protocol TensorSource: Sendable {
  /// The path, as the user wrote it.
  var path: String { get }

  /// The tensors, each name once, each role at most once.
  var tensors: [TensorInfo] { get }

  /// Which model it is, such as `llama`; `nil` where nothing says it.
  var architecture: String? { get }

  /// The shape of the model; `nil` where nothing says it, or for an architecture that is not known.
  var config: ModelConfig? { get }

  /// The tensor with a role.
  func tensor(role: Role) -> TensorInfo?

  /// The tensor with a name.
  func tensor(named name: String) -> TensorInfo?

  /// Decodes some elements of a tensor.
  ///
  /// Calls may overlap on several threads.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``.
  ///   - elements: Positions in the flattened tensor, its rows in `order`.
  ///   - order: The order of rows.
  ///   - output: Receives the values; it has exactly as many places as `elements`.
  /// - Throws: ``CheckpointError`` if the dtype cannot be decoded.
  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError)

  /// Calls a closure with a tensor's bytes, if they lie in one piece with their rows in an order.
  ///
  /// The bytes are not copied, swapped or decoded; they are valid only until the closure returns.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``.
  ///   - order: The order of rows that is needed.
  ///   - body: Reads the bytes.
  /// - Returns: What the closure returns; `nil`, without a call, if there are no such bytes.
  /// - Throws: What the closure throws.
  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result?

  /// A copy of the bytes of some stored elements that do not lie as they are wanted: turned round
  /// where the most significant byte comes first, brought together where they lie apart.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``, whose elements are stored one by one.
  ///   - elements: Positions in the order in which the elements are stored.
  /// - Returns: The bytes, the lowest of every element first; `nil` for all other tensors.
  /// - Throws: What reading the bytes throws.
  func rearrangedBytes(of tensor: TensorInfo, stored elements: Range<Int>) throws -> [UInt8]?

  /// How far apart the numbers are that the tensor could hold as it is stored, at some elements.
  ///
  /// The step of a float is the distance to the next larger magnitude of its type; of a quantized
  /// value what one unit of its code is worth, by the scales that are stored with it. What is
  /// computed from several files, such as a base with an adapter, has none: the base was rounded
  /// when it was stored, the sum never was.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``.
  ///   - elements: Positions in the flattened tensor, its rows in logical order.
  /// - Returns: The sum of the squared steps; the reason for types that have none, such as
  ///   codebooks and integers.
  /// - Throws: ``CheckpointError`` if the values cannot be read.
  func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps

  /// Gives up the memory of the stored bytes of elements that have been read; read again, they come
  /// from the file again.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``.
  ///   - elements: Positions in the flattened tensor.
  func discard(_ tensor: TensorInfo, elements: Range<Int>)

  /// Where a tensor's numbers come from, so that one that several sources share is known without being
  /// read.
  ///
  /// - Parameter tensor: One of ``tensors``.
  /// - Returns: The same for tensors that hold the same numbers because they are the same; `nil` where
  ///   that cannot be told.
  func origin(of tensor: TensorInfo) -> TensorOrigin?

  /// The difference between a tensor and the base's, where it is known as a product of thin
  /// matrices.
  ///
  /// - Parameters:
  ///   - tensor: One of ``tensors``, with two axes.
  ///   - origin: The tensor of the base.
  ///   - base: What the difference is wanted to.
  /// - Returns: The factors, in the logical order of rows; `nil` unless this source is that very
  ///   base with an adapter that adds such a product to the tensor and does nothing else to it.
  /// - Throws: ``CheckpointError`` if the factors cannot be read.
  func lowRankDelta(
    of tensor: TensorInfo, from origin: TensorInfo, of base: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta?
}

extension TensorSource {
  /// The architecture of the configuration, unless a source knows it without one.
  public var architecture: String? { config?.architecture }

  /// There are no stored bytes unless a source says so.
  public func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    nil
  }

  /// There are no bytes to be rearranged unless a source says so.
  public func rearrangedBytes(of tensor: TensorInfo, stored elements: Range<Int>) throws -> [UInt8]?
  {
    nil
  }

  /// Nothing is given up unless a source says so.
  public func discard(_ tensor: TensorInfo, elements: Range<Int>) {}

  /// No origin is known unless a source says so.
  public func origin(of tensor: TensorInfo) -> TensorOrigin? { nil }

  /// No difference is known unless a source says so.
  public func lowRankDelta(
    of tensor: TensorInfo, from origin: TensorInfo, of base: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    nil
  }

  /// All values of a tensor, its rows in an order.
  ///
  /// - Throws: ``CheckpointError`` if the dtype cannot be decoded.
  public func values(
    of tensor: TensorInfo, order: RowOrder = .logical
  ) throws(CheckpointError) -> [Float] {
    try values(of: tensor, elements: 0..<tensor.elementCount, order: order)
  }

  /// Some values of a tensor, its rows in an order.
  ///
  /// - Throws: ``CheckpointError`` if the dtype cannot be decoded.
  public func values(
    of tensor: TensorInfo, elements: Range<Int>, order: RowOrder = .logical
  ) throws(CheckpointError) -> [Float] {
    var values = [Float](repeating: 0, count: elements.count)
    var span = values.mutableSpan
    try decode(tensor, elements: elements, order: order, into: &span)
    return values
  }

  /// Looks through all tensors for the one with a role.
  public func tensor(role: Role) -> TensorInfo? { tensors.first { $0.role == role } }

  /// Looks through all tensors for the one with a name.
  public func tensor(named name: String) -> TensorInfo? { tensors.first { $0.name == name } }
}
