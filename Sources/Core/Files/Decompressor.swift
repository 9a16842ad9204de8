import CZlib

/// Unpacks files that end in `.zst` (Zstandard) or `.gz` (gzip).
public struct Decompressor: Sendable {
  /// How a file is packed.
  public enum Method: String, Sendable, CaseIterable {
    case zst, gz

    /// The method that a path's ending names; `nil` for a file that is not packed.
    public init?(path: String) {
      guard let method = Self.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
        return nil
      }
      self = method
    }
  }

  /// The most bytes that a file may unpack to: a small file must not fill the memory.
  public static let byteLimit = 1 << 30
  private static let chunkSize = 1 << 18

  private let method: Method
  private let path: String

  /// Creates one for a file, which messages name.
  public init(_ method: Method, path: String) {
    self.method = method
    self.path = path
  }

  /// Unpacks a whole file's bytes.
  ///
  /// - Parameter bytes: The packed bytes.
  /// - Returns: The unpacked bytes.
  /// - Throws: `InputError` for bytes that are not of this method, end early, or unpack to more than
  ///   ``byteLimit`` bytes.
  public func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
    switch method {
    case .zst: try unpackZstandard(bytes)
    case .gz: try unpackGzip(bytes)
    }
  }

  private func fail(_ what: String) -> InputError {
    InputError(path: path, "cannot be unpacked: \(what)")
  }

  private func append(_ chunk: ArraySlice<UInt8>, to output: inout [UInt8]) throws {
    guard output.count + chunk.count <= Self.byteLimit else {
      throw fail("it holds more than \(Self.byteLimit) bytes")
    }
    output += chunk
  }

  private func unpackZstandard(_ bytes: [UInt8]) throws -> [UInt8] {
    var output: [UInt8] = []
    try Self.unpack(MappedFile(path: path, contents: bytes)) { chunk in
      try append(chunk[...], to: &output)
    }
    return output
  }

  private func unpackGzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = unsafe z_stream()
    // 15 bits of window, + 32: the header says whether it is gzip or zlib.
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, size) == Z_OK else {
      throw fail("no memory is left")
    }
    defer { unsafe inflateEnd(&stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
    var input = bytes
    try unsafe input.withUnsafeMutableBufferPointer { source in
      var position = 0
      while true {
        // zlib counts in 32 bits.
        let available = min(source.count - position, Int(UInt32.max))
        unsafe stream.next_in = source.baseAddress.map { unsafe $0 + position }
        unsafe stream.avail_in = UInt32(available)
        var written = 0
        let status = unsafe chunk.withUnsafeMutableBufferPointer { target in
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(target.count)
          defer { written = unsafe target.count - Int(stream.avail_out) }
          return unsafe inflate(&stream, Z_NO_FLUSH)
        }
        position += unsafe available - Int(stream.avail_in)
        try append(chunk[..<written], to: &output)
        switch status {
        case Z_STREAM_END where position == source.count: return
        // Another member follows, as in files that were joined.
        case Z_STREAM_END: unsafe inflateReset(&stream)
        case Z_OK where position < source.count || written > 0: continue
        case Z_OK, Z_BUF_ERROR: throw fail("it ends early")
        default: throw fail("it is not gzip, or damaged")
        }
      }
    }
    return output
  }
}
