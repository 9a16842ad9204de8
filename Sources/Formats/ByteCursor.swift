import Core

/// Reads values one after the other from a file's bytes, never past their end.
struct ByteCursor {
  let file: MappedFile
  /// The byte that is read next.
  private(set) var offset = 0
  /// How many bytes a count or a length takes: four in version 1 of GGUF.
  var lengthBytes = 8
  /// Whether values have their most significant byte first.
  var isBigEndian = false

  init(_ file: MappedFile) { self.file = file }

  /// How many bytes are left.
  var remaining: Int { file.byteCount - offset }

  /// Reads an integer; `what` it is stands in the error.
  mutating func read<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, _ what: @autoclosure () -> String
  ) throws(CheckpointError) -> Number {
    let range = try take(UInt64(MemoryLayout<Number>.size), what())
    let stored = file.withBytes(in: range) { unsafe $0.unsafeLoadUnaligned(as: Number.self) }
    return isBigEndian ? Number(bigEndian: stored) : Number(littleEndian: stored)
  }

  /// Reads a count or a length.
  mutating func readLength(_ what: @autoclosure () -> String) throws(CheckpointError) -> UInt64 {
    lengthBytes == 4 ? UInt64(try read(UInt32.self, what())) : try read(UInt64.self, what())
  }

  /// Reads bytes.
  mutating func readBytes(_ count: UInt64, _ what: @autoclosure () -> String)
    throws(CheckpointError) -> [UInt8]
  {
    file.copy(try take(count, what()))
  }

  /// Steps over bytes.
  mutating func skip(_ count: UInt64, _ what: @autoclosure () -> String) throws(CheckpointError) {
    _ = try take(count, what())
  }

  /// Steps over bytes and says where they are.
  private mutating func take(
    _ count: UInt64, _ what: @autoclosure () -> String
  ) throws(CheckpointError) -> Range<Int> {
    guard let length = Int(exactly: count), length <= remaining else {
      throw CheckpointError(
        .truncated(what: what(), byteCount: count, available: remaining), path: file.path,
        offset: offset)
    }
    defer { offset += length }
    return offset..<(offset + length)
  }
}
