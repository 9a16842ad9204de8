import Foundation

/// A block of bytes for packed operands: fixed size, aligned to 64 bytes, zero at the start.
///
/// Memory is taken from the system as it is first touched, large blocks in huge pages where the system
/// has them: panels are read from end to end again and again. The owner keeps the discipline of
/// ``FloatBuffer``, which makes it Sendable.
@safe
final class ByteBuffer: @unchecked Sendable {
  /// How many bytes it holds.
  let byteCount: Int
  private let block: UnsafeMutableRawPointer
  private let blockSize: Int
  private let base: UnsafeMutableRawPointer

  private static let alignment = 64
  private static let hugePage = 2 << 20

  /// Takes zeroed memory for `byteCount` bytes.
  init(byteCount: Int) {
    precondition(byteCount >= 0, "a buffer cannot hold \(byteCount) bytes")
    let isLarge = byteCount >= 2 * Self.hugePage
    let alignment = isLarge ? Self.hugePage : Self.alignment
    blockSize = byteCount + alignment
    let taken =
      isLarge
      ? unsafe mmap(nil, blockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      : unsafe calloc(blockSize, 1)
    guard let block = unsafe taken, unsafe block != MAP_FAILED else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    self.byteCount = byteCount
    unsafe self.block = unsafe block
    unsafe base = block.alignedUp(toMultipleOf: alignment)
    #if os(Linux)
      if isLarge { _ = unsafe madvise(base, byteCount, 14) }  // MADV_HUGEPAGE
    #endif
  }

  deinit {
    if byteCount >= 2 * Self.hugePage {
      unsafe munmap(block, blockSize)
    } else {
      unsafe free(block)
    }
  }

  /// The bytes from `offset` on, after a check that `needed` of them exist.
  func pointer(at offset: Int, needed: Int) -> UnsafeMutableRawPointer {
    precondition(offset >= 0 && needed >= 0 && offset <= byteCount - needed, "outside of a buffer")
    return unsafe base + offset
  }

  /// Puts a larger buffer in the place of one that holds fewer than `byteCount` bytes; what it held
  /// is gone then.
  static func grow(_ buffer: inout ByteBuffer, to byteCount: Int) {
    guard buffer.byteCount < byteCount else { return }
    buffer = ByteBuffer(byteCount: max(byteCount, buffer.byteCount + buffer.byteCount / 2))
  }
}
