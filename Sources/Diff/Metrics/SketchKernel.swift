import CKernels

// What of the sketches touches memory by address.

/// The counts of one stream of pairs, fed strip by strip; belongs to one thread.
@safe final class SketchStream {
  private static let kernels = lethe_best_kernel_set()
  private let sketch: UnsafeMutablePointer<lethe_sketch>

  init() {
    unsafe sketch = .allocate(capacity: 1)
    unsafe UnsafeMutableRawPointer(sketch).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<lethe_sketch>.size)
  }

  deinit { unsafe sketch.deallocate() }

  /// Adds `count` pairs; there is room for 2^32 - 1 in all.
  func add(base: StoredRun, other: StoredRun, count: Int) {
    unsafe lethe_sketch_add(Self.kernels, base.run, other.run, Int64(count), sketch)
  }

  /// The counts so far.
  var result: DeltaSketch {
    let count = LogHistogram.lastBin + 1
    var deltas = [Int64](repeating: 0, count: count)
    var quotients = deltas
    unsafe deltas.withUnsafeMutableBufferPointer { deltas in
      unsafe quotients.withUnsafeMutableBufferPointer { quotients in
        unsafe lethe_sketch_finish(sketch, deltas.baseAddress, quotients.baseAddress)
      }
    }
    return DeltaSketch(
      deltas: LogHistogram(counts: deltas), quotients: LogHistogram(counts: quotients))
  }
}
