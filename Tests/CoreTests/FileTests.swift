import Core
import Foundation
import TestSupport
import Testing

@Suite struct MappedFileTests {
  @Test func bytesAreThoseOfTheFile() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(path: try folder.write("x", [1, 2, 3, 4]))
    #expect(file.byteCount == 4)
    #expect(file.allBytes == [1, 2, 3, 4])
    #expect(file.withBytes(in: 1..<3) { $0.byteCount } == 2)
  }

  @Test func anEmptyFileIsEmpty() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(path: try folder.write("x", [UInt8]()))
    #expect(file.allBytes == [])
    #expect(file.withBytes { $0.byteCount } == 0)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let fifo = folder.path("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    for (path, message) in [
      (folder.path("none"), "no such file or folder"),
      (folder.path, "is a folder, expected a file"), (fifo, "is not a regular file"),
    ] {
      #expect(throws: InputError(path: path, message)) { try MappedFile(path: path) }
    }
  }
}

@Suite struct ContentHasherTests {
  /// Values of `xxhash.xxh3_128_hexdigest` in Python.
  @Test(arguments: [
    ([UInt8](), "99aa06d3014798d86001c324468d497f"),
    (Array("lethe".utf8), "3e3b8f41863cdeea7953aa3cb8f49746"),
    ((0..<1000).map { UInt8($0 % 251) }, "18bf41bc8229e27733ef703fb2b20ed1"),
  ])
  func hashIsXXH3(bytes: [UInt8], digits: String) {
    var hasher = ContentHasher()
    for start in stride(from: 0, to: bytes.count, by: 7) {
      hasher.update(Array(bytes[start..<min(start + 7, bytes.count)]))
    }
    #expect("\(hasher.hash)" == digits)
  }
}
