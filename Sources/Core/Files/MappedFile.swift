import CKernels
import Foundation

/// A file's bytes, mapped into memory: nothing is read before it is touched.
///
/// The mapping is private and read-only and lives as long as the value. Where the file shrinks
/// meanwhile, bytes that are gone read as zeros; whoever has read asks ``hasChanged`` afterwards.
@safe
public final class MappedFile: Sendable {
  /// The path, as it was given.
  public let path: String
  /// How many bytes the file has.
  public let byteCount: Int
  private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer
  /// `nil` for bytes in memory, and for an empty file.
  private nonisolated(unsafe) let guarded: OpaquePointer?

  /// Maps a file.
  ///
  /// - Throws: ``InputError`` if the path is not a regular file that may be read.
  public init(path: String) throws(InputError) {
    self.path = path
    // A FIFO without a writer would block an open that may wait.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.error(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.error(path, errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw InputError(path: path, "is a folder, expected a file")
    default: throw InputError(path: path, "is not a regular file")
    }
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      // An empty mapping is an error of mmap's own.
      unsafe mapping = UnsafeRawBufferPointer(start: nil, count: 0)
      unsafe guarded = nil
      return
    }
    let start = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard unsafe start != MAP_FAILED, let start = unsafe start else {
      throw Self.error(path, errno)
    }
    guard let record = unsafe lethe_mapping_guard(start, byteCount) else {
      unsafe munmap(start, byteCount)
      throw Self.error(path, ENOMEM)
    }
    unsafe mapping = UnsafeRawBufferPointer(start: start, count: byteCount)
    unsafe guarded = record
  }

  /// Takes bytes in memory for those of a file, which need not exist.
  public init(path: String, contents: [UInt8]) {
    self.path = path
    unsafe guarded = nil
    byteCount = contents.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 1)
    unsafe copy.copyBytes(from: contents)
    unsafe mapping = UnsafeRawBufferPointer(copy)
  }

  deinit {
    guard let record = unsafe guarded, let start = unsafe mapping.baseAddress else {
      unsafe mapping.deallocate()
      return
    }
    unsafe lethe_mapping_release(record)
    unsafe munmap(UnsafeMutableRawPointer(mutating: start), mapping.count)
  }

  /// Whether bytes were gone when they were touched: the file has shrunk, or cannot be read.
  ///
  /// What has been read until then may be wrong.
  public var hasChanged: Bool {
    guard let record = unsafe guarded else { return false }
    return unsafe lethe_mapping_has_changed(record)
  }

  /// The bytes of a file.
  ///
  /// - Throws: ``InputError`` if the path is not a regular file that may be read, or if it shrinks
  ///   meanwhile.
  public static func contents(ofFile path: String) throws(InputError) -> [UInt8] {
    let file = try MappedFile(path: path)
    let bytes = file.allBytes
    guard !file.hasChanged else { throw InputError(path: path, fileChangedMessage) }
    return bytes
  }

  /// What an error says of a file that shrank while it was read.
  public static let fileChangedMessage = "file changed while it was read"

  /// Calls a closure with the bytes, which are valid only until it returns.
  public func withBytes<Result, Failure>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe mapping.bytes)
  }

  /// Calls a closure with some of the bytes, which are valid only until it returns; the range must
  /// be inside the file.
  public func withBytes<Result, Failure>(
    in range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe mapping.bytes.extracting(range))
  }

  /// Gives up the memory of bytes that have been read, up to the page in which they end.
  ///
  /// Read again, they come from the file again. The range must be inside the file.
  public func discard(_ range: Range<Int>) {
    guard unsafe guarded != nil, !range.isEmpty else { return }
    let bytes = unsafe mapping[range]
    unsafe lethe_mapping_discard(UnsafeRawBufferPointer(rebasing: bytes).baseAddress, range.count)
  }

  /// A copy of some of the bytes; the range must be inside the file.
  public func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe Array(mapping[range])
  }

  /// A copy of all bytes.
  public var allBytes: [UInt8] { copy(0..<byteCount) }

  private static func error(_ path: String, _ code: Int32) -> InputError {
    switch code {
    case ENOENT, ENOTDIR: InputError(path: path, "no such file or folder")
    case EACCES, EPERM: InputError(path: path, "may not be read: permission denied")
    default: InputError(path: path, "cannot be opened: \(unsafe String(cString: strerror(code)))")
    }
  }
}
