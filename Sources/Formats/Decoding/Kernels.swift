import CKernels
import Core

// The only file of Formats besides ByteCursor that touches memory by address: the C decoders.

/// Decodes runs of stored elements with the fastest kernels of this machine.
enum DecodeKernel {
  private static let kernels = lethe_best_kernel_set()

  /// Decodes elements of a run into some places of the output.
  ///
  /// - Parameters:
  ///   - type: How the elements are stored.
  ///   - bytes: The whole run; it has all elements of `elements`.
  ///   - elements: Positions in the run.
  ///   - output: Receives the values, from `position` on.
  ///   - position: The first place of the output to be written.
  static func decode(
    _ type: lethe_decode_type, _ bytes: RawSpan, _ elements: Range<Int>,
    into output: inout MutableSpan<Float>, at position: Int
  ) {
    precondition(position >= 0 && position + elements.count <= output.count)
    guard !elements.isEmpty else { return }
    unsafe output.withUnsafeMutableBufferPointer { places in
      unsafe bytes.withUnsafeBytes { stored in
        guard let start = stored.baseAddress, let target = places.baseAddress else { return }
        unsafe lethe_decode(
          kernels, type, start, Int64(elements.lowerBound), Int64(elements.count),
          target + position)
      }
    }
  }
}

extension DType {
  /// The kernel that decodes the type; `nil` if there is none.
  var decodeType: lethe_decode_type? {
    switch self {
    case .f32: LETHE_DECODE_F32
    case .f16: LETHE_DECODE_F16
    case .bf16: LETHE_DECODE_BF16
    case .q8_0: LETHE_DECODE_Q8_0
    case .f64: LETHE_DECODE_F64
    case .bool: LETHE_DECODE_BOOL
    case .i8: LETHE_DECODE_I8
    case .u8: LETHE_DECODE_U8
    case .i16: LETHE_DECODE_I16
    case .u16: LETHE_DECODE_U16
    case .i32: LETHE_DECODE_I32
    case .u32: LETHE_DECODE_U32
    case .i64: LETHE_DECODE_I64
    case .u64: LETHE_DECODE_U64
    default: nil
    }
  }

  /// Whether values of this type can be decoded.
  public var isDecodable: Bool { decodeType != nil }
}

extension ContentHasher {
  /// Adds little-endian integers as 64-bit ones.
  mutating func update<Number: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, widening type: Number.Type
  ) {
    let size = MemoryLayout<Number>.size
    for offset in stride(from: 0, to: bytes.byteCount - size + 1, by: size) {
      let number = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self)
      update(Int(Number(littleEndian: number)))
    }
  }
}
