import CKernels
import Formats

// The only file of Diff that touches memory by address: stored runs, scratch, and the C kernels.

/// A run of stored numbers whose memory outlives the call that is given it.
@safe struct StoredRun {
  let run: lethe_delta_run

  /// A run from the address of its first element; little-endian, at any alignment.
  init(start: UnsafeRawPointer, type: lethe_delta_type) {
    unsafe run = lethe_delta_run(
      bytes: start, type: type, smallest_normal: FloatFormat.f32.smallestNormal)
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

  /// What the kernels are given, with the format whose steps they sum.
  fileprivate func run(rounded format: FloatFormat?) -> lethe_delta_run {
    unsafe lethe_delta_run(
      bytes: run.bytes, type: run.type,
      smallest_normal: (format ?? .f32).smallestNormal)
  }
}

/// Room for the values of one strip of each checkpoint; belongs to one thread.
@safe final class StripScratch {
  private static let largestElementSize = 8
  private let strips: UnsafeMutableRawPointer
  private let stripCount: Int
  private let stripElements: Int

  init(stripCount: Int, stripElements: Int) {
    self.stripCount = stripCount
    self.stripElements = stripElements
    let byteCount = stripCount * stripElements * Self.largestElementSize
    unsafe strips = .allocate(byteCount: byteCount, alignment: 64)
    unsafe strips.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { unsafe strips.deallocate() }

  private func start(of strip: Int, count: Int) -> UnsafeMutableRawPointer {
    precondition((0..<stripCount).contains(strip) && (0...stripElements).contains(count))
    return unsafe strips + strip * stripElements * Self.largestElementSize
  }

  /// Lets a closure fill the first `count` values of a strip, and returns the strip.
  func fill<E: Error>(
    _ strip: Int, count: Int, _ body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) -> StoredRun {
    let start = unsafe start(of: strip, count: count)
    let floats = unsafe start.bindMemory(to: Float.self, capacity: count)
    var span = unsafe MutableSpan(_unsafeStart: floats, count: count)
    try body(&span)
    return unsafe StoredRun(start: UnsafeRawPointer(start), type: LETHE_DELTA_F32)
  }

  /// Copies the stored bytes of numbers to a strip, and returns the strip.
  func copy(_ bytes: [UInt8], type: lethe_delta_type, to strip: Int) -> StoredRun {
    let start = unsafe start(of: strip, count: bytes.count / type.elementSize)
    unsafe UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyBytes(from: bytes)
    return unsafe StoredRun(start: UnsafeRawPointer(start), type: type)
  }
}

extension lethe_delta_type {
  /// How many bytes one element takes.
  fileprivate var elementSize: Int {
    switch self {
    case LETHE_DELTA_F16, LETHE_DELTA_BF16: 2
    case LETHE_DELTA_F64, LETHE_DELTA_I64, LETHE_DELTA_U64: 8
    default: 4
    }
  }
}

extension DType {
  /// How the kernels call the type; `nil` if they do not read it.
  var storedNumberType: lethe_delta_type? {
    switch self {
    case .f32: LETHE_DELTA_F32
    case .f16: LETHE_DELTA_F16
    case .bf16: LETHE_DELTA_BF16
    case .f64: LETHE_DELTA_F64
    case .i32: LETHE_DELTA_I32
    case .u32: LETHE_DELTA_U32
    case .i64: LETHE_DELTA_I64
    case .u64: LETHE_DELTA_U64
    default: nil
    }
  }
}

/// Sums over one stream of pairs, fed strip by strip.
struct DeltaStream {
  private static let kernels = lethe_best_kernel_set()
  private let base: FloatFormat?
  private let other: FloatFormat?
  private var sums = lethe_delta_sums()

  /// A stream before its first pair.
  ///
  /// - Parameters:
  ///   - base: The format that the values of the base are rounded to; `nil` where they are not
  ///     floats.
  ///   - other: That of the other.
  init(base: FloatFormat?, other: FloatFormat?) {
    self.base = base
    self.other = other
  }

  /// Adds `count` pairs; every call but the last takes a multiple of the kernel's block of 512.
  mutating func add(base: StoredRun, other: StoredRun, count: Int) {
    unsafe lethe_delta_add(
      Self.kernels, base.run(rounded: self.base), other.run(rounded: self.other), Int64(count),
      &sums)
  }

  var result: DeltaSums {
    var sums = sums
    let totals = unsafe lethe_delta_finish(&sums)
    return DeltaSums(
      elementCount: Int(sums.count), baseSquares: totals.base_squares,
      otherSquares: totals.other_squares, deltaSquares: totals.delta_squares,
      products: totals.products, deltas: totals.deltas, maxAbs: sums.max_abs,
      maxAbsIndex: sums.max_abs > 0 ? Int(sums.max_abs_index) : nil,
      identicalCount: Int(sums.identical_count), unchangedCount: Int(sums.unchanged_count),
      signFlipCount: Int(sums.sign_flip_count), nonFiniteCount: Int(sums.non_finite_count),
      baseStepSquares: base.map { $0.stepSquares(ofPowers: totals.base_powers) },
      otherStepSquares: other.map { $0.stepSquares(ofPowers: totals.other_powers) })
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
      products: totals.products, movedCount: Int(sums.moved_count),
      conflictCount: Int(sums.conflict_count))
  }
}

extension SegmentSums {
  private static let kernels = lethe_best_kernel_set()

  /// Sums over the first `count` pairs of two runs.
  init(base: StoredRun, other: StoredRun, count: Int) {
    let totals = unsafe lethe_segment_sum(Self.kernels, base.run, other.run, Int64(count))
    self.init(
      count: count, baseSquares: totals.base_squares, otherSquares: totals.other_squares,
      deltaSquares: totals.delta_squares, products: totals.products)
  }
}
