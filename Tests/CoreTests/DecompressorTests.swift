import Core
import Foundation
import Testing

/// Packed files, made with `zstd` and `gzip`, whole and broken.
struct DecompressorTests {
  /// `printf 'Lethe\nLethe\nLethe\n' | zstd` and `| gzip -n`.
  private static let packed: [Decompressor.Method: String] = [
    .zst: "KLUv/QRYZQAAMExldGhlCgEA4UoR0ODvsg==", .gz: "H4sIAAAAAAAAA/NJLclI5fJBIgF8UuOxEgAAAA==",
  ]
  private static let text = Array("Lethe\nLethe\nLethe\n".utf8)

  private static func bytes(_ method: Decompressor.Method) throws -> [UInt8] {
    Array(try #require(packed[method].flatMap { Data(base64Encoded: $0) }))
  }

  @Test(arguments: Decompressor.Method.allCases)
  func `a packed file gives its text`(_ method: Decompressor.Method) throws {
    #expect(try Decompressor(method, path: "x").unpack(Self.bytes(method)) == Self.text)
  }

  @Test(arguments: Decompressor.Method.allCases)
  func `files that were joined give both texts`(_ method: Decompressor.Method) throws {
    let bytes = try Self.bytes(method)
    #expect(try Decompressor(method, path: "x").unpack(bytes + bytes) == Self.text + Self.text)
  }

  @Test(arguments: Decompressor.Method.allCases)
  func `a file that is cut short or is something else is an error`(
    _ method: Decompressor.Method
  ) throws {
    let bytes = try Self.bytes(method)
    for length in 0..<bytes.count {
      #expect(throws: InputError.self) {
        try Decompressor(method, path: "x").unpack(Array(bytes.prefix(length)))
      }
    }
    let error = #expect(throws: InputError.self) {
      try Decompressor(method, path: "x").unpack(Array("plain text".utf8))
    }
    #expect(error?.description.hasPrefix("x: cannot be unpacked: ") == true)
  }

  @Test func `the method is what the path ends with`() {
    #expect(Decompressor.Method(path: "a/b.jsonl.zst") == .zst)
    #expect(Decompressor.Method(path: "b.csv.gz") == .gz)
    #expect(Decompressor.Method(path: "zst") == nil)
  }
}
