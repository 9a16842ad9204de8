/// The working memory of attention, one for each thread.
struct AttentionScratch {
  private var buffer = ByteBuffer(byteCount: 0)

  /// Memory of at least so many bytes; what it held may be gone.
  mutating func bytes(_ count: Int) -> ByteBuffer {
    ByteBuffer.grow(&buffer, to: count)
    return buffer
  }
}
