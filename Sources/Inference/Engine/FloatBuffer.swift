/// A block of f32 that the kernels work in: fixed size, aligned to 64 bytes, zero at the start.
///
/// It is handed to one thread at a time (scratch memory) or written once and then only read
/// (packed weights); that discipline, which the owner keeps, is what makes it Sendable.
@safe
final class FloatBuffer: @unchecked Sendable {
  /// How many floats it holds.
  let count: Int
  private let base: UnsafeMutablePointer<Float>

  /// Takes zeroed memory for `count` floats.
  init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    unsafe base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: max(count, 1))
  }

  /// Takes memory for the floats of another buffer.
  convenience init(copying other: FloatBuffer) {
    self.init(count: other.count)
    copy(from: other, at: 0, to: 0, count: other.count)
  }

  deinit { unsafe base.deallocate() }

  /// The floats from `offset` on, after a check that `needed` of them exist.
  func pointer(at offset: Int, needed: Int) -> UnsafeMutablePointer<Float> {
    precondition(offset >= 0 && needed >= 0 && offset <= count - needed, "outside of a buffer")
    return unsafe base + offset
  }

  subscript(index: Int) -> Float {
    get { unsafe pointer(at: index, needed: 1).pointee }
    set { unsafe pointer(at: index, needed: 1).pointee = newValue }
  }

  /// Lets a closure write the floats.
  func fill<E: Error>(_ body: (inout MutableSpan<Float>) throws(E) -> Void) throws(E) {
    try fill(at: 0, count: count, body)
  }

  /// Lets a closure write the first floats.
  func fill<E: Error>(
    first count: Int, _ body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) {
    try fill(at: 0, count: count, body)
  }

  /// Lets a closure write `count` floats from an offset on.
  func fill<E: Error>(
    at offset: Int, count: Int, _ body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) {
    var span = unsafe MutableSpan(
      _unsafeStart: pointer(at: offset, needed: count), count: count)
    try body(&span)
  }

  /// Puts a larger buffer in the place of one that holds fewer than `count` floats; what it held is
  /// gone then.
  static func grow(_ buffer: inout FloatBuffer, to count: Int) {
    guard buffer.count < count else { return }
    buffer = FloatBuffer(count: max(count, buffer.count + buffer.count / 2))
  }

  /// Copies floats from another buffer.
  func copy(from source: FloatBuffer, at start: Int, to offset: Int, count: Int) {
    unsafe pointer(at: offset, needed: count)
      .update(from: source.pointer(at: start, needed: count), count: count)
  }

  /// Sets floats to zero.
  func zero(at offset: Int, count: Int) {
    unsafe pointer(at: offset, needed: count).update(repeating: 0, count: count)
  }

  /// The bits of all floats.
  var bits: [UInt32] { (0..<count).map { self[$0].bitPattern } }

  /// The matrix [columns, rows] of one that is stored here, [rows, columns].
  func transposed(rows: Int, columns: Int) -> FloatBuffer {
    precondition(rows * columns == count, "a matrix of another size")
    let result = FloatBuffer(count: count)
    for row in 0..<rows {
      for column in 0..<columns {
        unsafe result.base[column * rows + row] = base[row * columns + column]
      }
    }
    return result
  }
}
