import CKernels
import Formats

// The only file of Diff that touches memory by address: stored runs, scratch, and the C kernels.

/// A run of stored floats whose memory outlives the call that is given it.
@safe struct StoredRun {
  fileprivate let run: lethe_delta_run

  /// A run from the address of its first element; little-endian, at any alignment.
  init(start: UnsafeRawPointer, type: lethe_delta_type) {
    unsafe run = lethe_delta_run(bytes: start, type: type)
  }

  /// Calls a closure with the elements that bytes hold; `nil` for no bytes.
  static func with<Result>(
    _ bytes: RawSpan, type: lethe_delta_type, count: Int, _ body: (StoredRun?) throws -> Result
  ) rethrows -> Result {
    precondition(bytes.byteCount == count * type.elementSize, "the bytes are those of the tensor")
    return try unsafe bytes.withUnsafeBytes { buffer in
      try unsafe body(buffer.baseAddress.map { unsafe StoredRun(start: $0, type: type) })
    }
  }

  /// The run from one of its elements on.
  func dropFirst(_ count: Int) -> StoredRun {
    unsafe StoredRun(start: run.bytes + count * run.type.elementSize, type: run.type)
  }
}

/// Room for decoded values, one strip for each checkpoint; belongs to one thread.
@safe final class StripScratch {
  private let strips: UnsafeMutablePointer<Float>
  private let stripCount: Int
  private let stripElements: Int

  init(stripCount: Int, stripElements: Int) {
    self.stripCount = stripCount
    self.stripElements = stripElements
    unsafe strips = .allocate(capacity: stripCount * stripElements)
    unsafe strips.initialize(repeating: 0, count: stripCount * stripElements)
  }

  deinit { unsafe strips.deallocate() }

  /// Lets a closure fill the first `count` values of a strip, and returns the strip.
  func fill<E: Error>(
    _ strip: Int, count: Int, _ body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) -> StoredRun {
    precondition((0..<stripCount).contains(strip) && (0...stripElements).contains(count))
    let start = unsafe strips + strip * stripElements
    var span = unsafe MutableSpan(_unsafeStart: start, count: count)
    try body(&span)
    return unsafe StoredRun(start: UnsafeRawPointer(start), type: LETHE_DELTA_F32)
  }
}

extension lethe_delta_type {
  /// How many bytes one element takes.
  fileprivate var elementSize: Int { self == LETHE_DELTA_F32 ? 4 : 2 }
}

extension DType {
  /// How the kernels call the type; `nil` if they do not read it.
  var storedFloatType: lethe_delta_type? {
    switch self {
    case .f32: LETHE_DELTA_F32
    case .f16: LETHE_DELTA_F16
    case .bf16: LETHE_DELTA_BF16
    default: nil
    }
  }
}

/// Sums over one stream of pairs, fed strip by strip.
struct DeltaStream {
  private static let kernels = lethe_best_kernel_set()
  private var sums = lethe_delta_sums()

  /// Adds `count` pairs; every call but the last takes a multiple of the kernel's eight lanes.
  mutating func add(base: StoredRun, other: StoredRun, count: Int) {
    unsafe lethe_delta_add(Self.kernels, base.run, other.run, Int64(count), &sums)
  }

  var result: DeltaSums {
    var sums = sums
    let totals = unsafe lethe_delta_finish(&sums)
    return DeltaSums(
      elementCount: Int(sums.count), baseSquares: totals.base_squares,
      otherSquares: totals.other_squares, deltaSquares: totals.delta_squares,
      products: totals.products, deltas: totals.deltas, maxAbs: sums.max_abs,
      maxAbsIndex: sums.max_abs > 0 ? Int(sums.max_abs_index) : nil,
      identicalCount: Int(sums.identical_count), signFlipCount: Int(sums.sign_flip_count),
      nonFiniteCount: Int(sums.non_finite_count))
  }
}

/// Sums over one stream of triples, fed strip by strip under the same rule.
struct TurnStream {
  private static let kernels = lethe_best_kernel_set()
  private var sums = lethe_turn_sums()

  mutating func add(_ first: StoredRun, _ second: StoredRun, _ third: StoredRun, count: Int) {
    unsafe lethe_turn_add(
      Self.kernels, first.run, second.run, third.run, Int64(count), &sums)
  }

  var result: TurnSums {
    var sums = sums
    let totals = unsafe lethe_turn_finish(&sums)
    return TurnSums(
      beforeSquares: totals.before_squares, afterSquares: totals.after_squares,
      products: totals.products)
  }
}
