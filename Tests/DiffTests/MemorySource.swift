import Formats
import TestSupport

/// A checkpoint whose values are given.
struct MemorySource: TensorSource {
  var path: String
  var tensors: [TensorInfo] = []
  var config: ModelConfig?
  /// What the source knows without a configuration.
  var knownArchitecture: String?
  /// Whether it hands out stored bytes or has every value decoded.
  var hasBytes = false
  private var values: [String: [Float]] = [:]
  /// What stores the tensors whose values floats cannot hold.
  private var storedBytes: [String: [UInt8]] = [:]

  var architecture: String? { config?.architecture ?? knownArchitecture }

  init(_ path: String, config: ModelConfig? = nil) {
    self.path = path
    self.config = config
  }

  /// Adds a tensor, by a name such as `blk.1.attn_q.weight` for one with a role.
  func with(
    _ name: String, role: Role? = nil, shape: [Int]? = nil, dtype: DType = .f32, _ values: [Float]
  ) -> MemorySource {
    var copy = self
    copy.tensors.append(
      TensorInfo(
        name: name, role: role, shape: shape ?? [values.count], dtype: dtype,
        elementCount: values.count, byteCount: 4 * values.count, shardIndex: 0, fileOffset: 0))
    copy.values[name] = values
    return copy
  }

  /// Adds a tensor of wide integers.
  func with<Number: FixedWidthInteger>(
    _ name: String, shape: [Int]? = nil, dtype: DType, wide numbers: [Number]
  ) -> MemorySource {
    var copy = with(name, shape: shape, dtype: dtype, numbers.map { Float($0) })
    copy.storedBytes[name] = numbers.flatMap { littleEndian($0) }
    return copy
  }

  /// Adds a tensor of F64.
  func with(_ name: String, wide numbers: [Double]) -> MemorySource {
    var copy = with(name, dtype: .f64, numbers.map { Float($0) })
    copy.storedBytes[name] = numbers.flatMap { littleEndian($0.bitPattern) }
    return copy
  }

  /// The source without the bytes that store its wide tensors.
  var withoutStoredBytes: MemorySource {
    var copy = self
    copy.storedBytes = [:]
    return copy
  }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    let all = values[tensor.name] ?? []
    for (place, element) in elements.enumerated() { output[place] = all[element] }
  }

  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    if let bytes = storedBytes[tensor.name] { return try body(bytes.span.bytes) }
    guard hasBytes else { return nil }
    let bytes = (values[tensor.name] ?? []).flatMap { Self.bytes(of: $0, as: tensor.dtype) }
    return try body(bytes.span.bytes)
  }

  private static func bytes(of value: Float, as dtype: DType) -> [UInt8] {
    switch dtype {
    case .f16: withUnsafeBytes(of: Float16(value).bitPattern.littleEndian, Array.init)
    case .bf16: Array(withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)[2...])
    default: withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }
  }
}

extension Role {
  static func attnQ(_ layer: Int) -> Role {
    Role(stack: .decoder, layer: layer, component: .attn_q, parameter: .weight)
  }
  static func attnNorm(_ layer: Int) -> Role {
    Role(stack: .decoder, layer: layer, component: .attn_norm, parameter: .weight)
  }
  static let embedding = Role(
    stack: .decoder, layer: nil, component: .token_embd, parameter: .weight)
  static let head = Role(stack: .decoder, layer: nil, component: .output, parameter: .weight)
}
