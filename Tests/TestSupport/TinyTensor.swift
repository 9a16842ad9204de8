/// A tensor of a few elements, as bytes.
public struct TinyTensor: Sendable {
  /// The name.
  public var name: String
  /// The dtype as safetensors spells it, or as ggml does.
  public var dtype: String
  /// Axis sizes outermost first.
  public var shape: [Int]
  /// The stored elements.
  public var bytes: [UInt8]

  /// Creates a tensor from its bytes.
  public init(_ name: String, _ dtype: String, _ shape: [Int], bytes: [UInt8]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates an F32 tensor.
  public static func f32(_ name: String, _ shape: [Int], _ values: [Float]) -> TinyTensor {
    TinyTensor(name, "F32", shape, bytes: values.flatMap { littleEndian($0.bitPattern) })
  }

  /// Creates an F16 tensor.
  public static func f16(_ name: String, _ shape: [Int], _ values: [Float]) -> TinyTensor {
    TinyTensor(name, "F16", shape, bytes: values.flatMap { littleEndian(Float16($0).bitPattern) })
  }

  /// Creates a BF16 tensor; the values must fit.
  public static func bf16(_ name: String, _ shape: [Int], _ values: [Float]) -> TinyTensor {
    TinyTensor(
      name, "BF16", shape,
      bytes: values.flatMap { littleEndian(UInt16($0.bitPattern >> 16)) })
  }
}

/// An integer's bytes, the lowest first.
public func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
}
