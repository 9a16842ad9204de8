/// Writes GGUF files of a few tensors, right ones and wrong ones.
public struct TinyGGUF: Sendable {
  /// A metadata value.
  public indirect enum Value: Sendable {
    case u8(UInt8), i8(Int8), u16(UInt16), i16(Int16), u32(UInt32), i32(Int32), f32(Float)
    case bool(UInt8), string(String), u64(UInt64), i64(Int64), f64(Double)
    /// An array with the type number of its elements.
    case array(type: UInt32, [Value])
    /// A type number and bytes of any kind.
    case raw(type: UInt32, [UInt8])
  }

  /// A tensor's description; what is `nil` is filled in rightly.
  public struct Tensor: Sendable {
    /// The tensor.
    public var tensor: TinyTensor
    /// The number of the type.
    public var type: UInt32
    /// Axis sizes as the file has them, the contiguous one first.
    public var sizes: [UInt64]?
    /// The number of axes.
    public var dimensionCount: UInt32?
    /// Where the data begin, counted from the start of all data.
    public var offset: UInt64?

    /// Describes a tensor.
    public init(
      _ tensor: TinyTensor, type: UInt32? = nil, sizes: [UInt64]? = nil,
      dimensionCount: UInt32? = nil, offset: UInt64? = nil
    ) {
      self.tensor = tensor
      let known: [String: UInt32] = [
        "F32": 0, "F16": 1, "Q8_0": 8, "I8": 24, "F64": 28, "BF16": 30,
      ]
      self.type = type ?? known[tensor.dtype, default: 0]
      self.sizes = sizes
      self.dimensionCount = dimensionCount
      self.offset = offset
    }
  }

  /// The first four bytes.
  public var magic = Array("GGUF".utf8)
  /// The version.
  public var version: UInt32 = 3
  /// The announced number of tensors; `nil` for the right one.
  public var tensorCount: UInt64?
  /// The announced number of pairs; `nil` for the right one.
  public var pairCount: UInt64?
  /// The metadata.
  public var pairs: [(key: String, value: Value)]
  /// The tensors.
  public var tensors: [Tensor]
  /// What the data are padded to.
  public var alignment: Int
  /// Whether numbers outside the data have their most significant byte first.
  public var isBigEndian = false
  /// What follows the padded data.
  public var trailing: [UInt8] = []

  /// Describes a file.
  public init(
    _ pairs: [(key: String, value: Value)] = [], _ tensors: [Tensor] = [], alignment: Int = 32
  ) {
    self.pairs = pairs
    self.tensors = tensors
    self.alignment = alignment
  }

  /// The bytes up to the end of the descriptions.
  public var header: [UInt8] {
    var bytes = magic + ordered(version)
    bytes += length(tensorCount ?? UInt64(tensors.count))
    bytes += length(pairCount ?? UInt64(pairs.count))
    for (key, value) in pairs {
      bytes += string(key) + ordered(Self.type(value)) + self.bytes(value)
    }
    var offset = 0
    for entry in tensors {
      let sizes = entry.sizes ?? entry.tensor.shape.reversed().map(UInt64.init)
      bytes += string(entry.tensor.name)
      bytes += ordered(entry.dimensionCount ?? UInt32(sizes.count))
      bytes += sizes.flatMap { length($0) } + ordered(entry.type)
      bytes += ordered(entry.offset ?? UInt64(offset))
      offset = padded(offset + entry.tensor.bytes.count)
    }
    return bytes
  }

  /// The whole file.
  public var bytes: [UInt8] {
    var bytes = header
    bytes += [UInt8](repeating: 0, count: padded(bytes.count) - bytes.count)
    for entry in tensors {
      bytes += entry.tensor.bytes
      bytes += [UInt8](
        repeating: 0, count: padded(entry.tensor.bytes.count) - entry.tensor.bytes.count)
    }
    return bytes + trailing
  }

  private func ordered<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    isBigEndian ? littleEndian(value).reversed() : littleEndian(value)
  }

  private func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

  /// A count or a length: four bytes in version 1.
  private func length(_ count: UInt64) -> [UInt8] {
    version == 1 ? ordered(UInt32(truncatingIfNeeded: count)) : ordered(count)
  }

  private func string(_ text: String) -> [UInt8] {
    length(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private static func type(_ value: Value) -> UInt32 {
    switch value {
    case .u8: 0
    case .i8: 1
    case .u16: 2
    case .i16: 3
    case .u32: 4
    case .i32: 5
    case .f32: 6
    case .bool: 7
    case .string: 8
    case .array: 9
    case .u64: 10
    case .i64: 11
    case .f64: 12
    case .raw(let type, _): type
    }
  }

  private func bytes(_ value: Value) -> [UInt8] {
    switch value {
    case .u8(let value), .bool(let value): [value]
    case .i8(let value): ordered(value)
    case .u16(let value): ordered(value)
    case .i16(let value): ordered(value)
    case .u32(let value): ordered(value)
    case .i32(let value): ordered(value)
    case .u64(let value): ordered(value)
    case .i64(let value): ordered(value)
    case .f32(let value): ordered(value.bitPattern)
    case .f64(let value): ordered(value.bitPattern)
    case .string(let text): string(text)
    case .array(let type, let elements):
      ordered(type) + length(UInt64(elements.count)) + elements.flatMap(bytes)
    case .raw(_, let bytes): bytes
    }
  }
}

extension TinyGGUF {
  /// The metadata of a LLaMA with 8 wide heads: 4 query heads, 2 key and value heads.
  public static let llamaPairs: [(key: String, value: Value)] = [
    ("general.architecture", .string("llama")), ("llama.block_count", .u32(1)),
    ("llama.embedding_length", .u32(32)), ("llama.feed_forward_length", .u32(64)),
    ("llama.attention.head_count", .u32(4)), ("llama.attention.head_count_kv", .u32(2)),
    ("llama.attention.layer_norm_rms_epsilon", .f32(1e-5)), ("llama.context_length", .u32(128)),
    ("llama.vocab_size", .u32(16)),
  ]
}
