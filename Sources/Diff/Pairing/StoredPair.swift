import Core
public import Formats

/// Two tensors that belong together and of which one at least cannot be decoded.
public struct StoredPair: Sendable, Equatable {
  /// What brought them together.
  public var key: TensorKey
  /// The tensor of the base.
  public var base: TensorInfo
  /// The tensor of the other.
  public var other: TensorInfo
  /// Why there are no metrics.
  public var reason: String
  /// Whether both store the same bytes; `nil` where bytes say nothing, as they are stored
  /// differently.
  public var hasSameBytes: Bool?

  init(key: TensorKey, base: TensorInfo, other: TensorInfo) {
    self.key = key
    self.base = base
    self.other = other
    var types: [String] = []
    for tensor in [base, other] where !tensor.isDecodable {
      let place = tensor.dtype.isDecodable ? " in big-endian files" : ""
      let type = "\(tensor.dtype)\(place)"
      if !types.contains(type) { types.append(type) }
    }
    reason = "\(types.joined(separator: " and ")) cannot be decoded"
  }

  /// Compares what the two store, if they store it alike.
  mutating func compareBytes(base: PartedSource, other: PartedSource) throws {
    guard self.base.dtype == self.other.dtype, self.base.layout == self.other.layout else { return }
    let first = try Self.storedHash(of: self.base, limit: self.other.byteCount, in: base)
    let second = try Self.storedHash(of: self.other, limit: self.base.byteCount, in: other)
    guard let first, let second else { return }
    hasSameBytes = first == second
  }

  /// The identity of a tensor's bytes; `nil` where the source does not show them in one piece.
  ///
  /// For a ggml type of unknown size the bytes reach up to the next tensor: of two that differ in
  /// length the shorter counts.
  private static func storedHash(
    of tensor: TensorInfo, limit: Int, in source: PartedSource
  ) throws -> ContentHash? {
    try source.withStoredBytes(of: tensor, order: .stored) { bytes in
      var hasher = ContentHasher()
      hasher.update(bytes.extracting(0..<min(bytes.byteCount, limit)))
      return hasher.hash
    }
  }
}

extension StoredPair {
  /// As a JSON object.
  var json: JSONValue {
    [
      "role": JSONValue(key.role?.description),
      "base_name": .string(base.name),
      "other_name": .string(other.name),
      "shape": .array(base.logicalShape.map(JSONValue.integer)),
      "base_dtype": .string(base.dtype.description),
      "other_dtype": .string(other.dtype.description),
      "has_same_bytes": hasSameBytes.map(JSONValue.bool) ?? .null,
      "reason": .string(reason),
    ]
  }
}
