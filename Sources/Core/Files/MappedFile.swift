import Foundation

/// A file's bytes, mapped into memory: nothing is read before it is touched.
///
/// The mapping is private and read-only and lives as long as the value. The file must not shrink
/// meanwhile.
@safe
public final class MappedFile: Sendable {
  /// The path, as it was given.
  public let path: String
  /// How many bytes the file has.
  public let byteCount: Int
  private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a file.
  ///
  /// - Throws: ``InputError`` if the path is not a regular file that may be read.
  public init(path: String) throws(InputError) {
    self.path = path
    isMapped = true
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
      return
    }
    let start = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard unsafe start != MAP_FAILED else { throw Self.error(path, errno) }
    unsafe mapping = UnsafeRawBufferPointer(start: start, count: byteCount)
  }

  /// Takes bytes in memory for those of a file, which need not exist.
  public init(path: String, contents: [UInt8]) {
    self.path = path
    isMapped = false
    byteCount = contents.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 1)
    unsafe copy.copyBytes(from: contents)
    unsafe mapping = UnsafeRawBufferPointer(copy)
  }

  deinit {
    if !isMapped {
      unsafe mapping.deallocate()
    } else if let start = unsafe mapping.baseAddress {
      unsafe munmap(UnsafeMutableRawPointer(mutating: start), mapping.count)
    }
  }

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
