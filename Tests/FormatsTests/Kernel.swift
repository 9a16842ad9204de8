import CKernels
import Testing

/// The C decoders, called as they are.
enum Kernel {
  /// The kernel sets that this machine can run.
  static let sets = [LETHE_KERNELS_SCALAR, LETHE_KERNELS_AVX2, LETHE_KERNELS_AVX512].filter {
    $0.rawValue <= lethe_best_kernel_set().rawValue
  }

  /// The bits of the values of some elements of a run that starts at a byte.
  static func decode(
    _ set: lethe_kernel_set, _ type: lethe_decode_type, _ bytes: [UInt8], at start: Int = 0,
    _ elements: Range<Int>
  ) -> [UInt32] {
    var output = [Float](repeating: -1, count: elements.count + 1)
    bytes.withUnsafeBytes { stored in
      guard let base = stored.baseAddress else { return }
      lethe_decode(
        set, type, base + start, Int64(elements.lowerBound), Int64(elements.count), &output)
    }
    #expect(output.last == -1, "wrote past the end")
    return output.dropLast().map(\.bitPattern)
  }
}

/// Whether all bits agree; a NaN agrees with any other.
func sameNumbers(_ values: some Sequence<UInt32>, _ others: some Sequence<UInt32>) -> Bool {
  let canonical = { (bits: UInt32) in Float(bitPattern: bits).isNaN ? 0x7fc0_0000 : bits }
  return values.lazy.map(canonical).elementsEqual(others.lazy.map(canonical))
}
