import Core
import Foundation
import TestSupport
import Testing

@testable import Formats

/// Files that shrink while they are mapped: an error, and never the end of the process.
@Suite struct ChangedFileTests {
  private let folder: TemporaryFolder
  private static let elementCount = 1 << 20

  init() throws { folder = try TemporaryFolder() }

  /// A file of 4 MB.
  private func written(_ name: String = "x.safetensors") throws -> String {
    let values = [UInt8](repeating: 0x3f, count: 4 * Self.elementCount)
    let tensor = TinyTensor("a", "F32", [1024, 1024], bytes: values)
    return try folder.write(name, TinySafetensors.bytes([tensor]))
  }

  private func truncate(_ path: String, to byteCount: UInt64) throws {
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: byteCount)
    try handle.close()
  }

  @Test func aShrunkFileIsAnErrorWhicheverWayItIsRead() throws {
    let readers: [(Checkpoint, TensorInfo) throws -> Void] = [
      { _ = try $0.values(of: $1) },
      { checkpoint, tensor in
        _ = try checkpoint.withStoredBytes(of: tensor, order: .stored) { bytes in
          var hasher = ContentHasher()
          hasher.update(bytes)
        }
      },
      { _ = try $0.storageHash(of: $1) },
      { _ = try $0.contentHash(of: $1) },
    ]
    for read in readers {
      let path = try written()
      let checkpoint = try Checkpoint(path: path)
      let tensor = checkpoint.tensors[0]
      try read(checkpoint, tensor)
      try truncate(path, to: 10_000)
      let error = CheckpointError(.fileChanged, path: path, tensor: "a")
      #expect(throws: error) { try read(checkpoint, tensor) }
      // What is still there has been read after the change too.
      #expect(throws: error) { _ = try checkpoint.values(of: tensor, elements: 0..<8) }
      #expect(error.description == "\(path): tensor 'a': file changed while it was read")
    }
  }

  @Test func bytesThatAreStillThereAreRead() throws {
    let path = try written()
    let checkpoint = try Checkpoint(path: path)
    try truncate(path, to: 1 << 20)
    let values = try checkpoint.values(of: checkpoint.tensors[0], elements: 0..<1000)
    #expect(values.allSatisfy { $0 == Float(bitPattern: 0x3f3f_3f3f) })
  }

  @Test func severalThreadsMeetTheEndOfSeveralFiles() async throws {
    let paths = try (0..<4).map { try written("\($0).safetensors") }
    let checkpoints = try paths.map { try Checkpoint(path: $0) }
    for path in paths.dropLast() { try truncate(path, to: 4096) }
    let results = await withTaskGroup(of: (Int, Bool).self) { group in
      for piece in 0..<64 {
        group.addTask {
          let checkpoint = checkpoints[piece % 4]
          let step = Self.elementCount / 64
          let elements = piece * step..<(piece + 1) * step
          let values = try? checkpoint.values(of: checkpoint.tensors[0], elements: elements)
          return (piece, values != nil)
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    // The first piece of a file may be in the page that is left.
    for (piece, isRead) in results where piece >= 4 { #expect(isRead == (piece % 4 == 3)) }
    #expect(results.count == 64)
  }

  @Test func aHeaderThatIsGoneIsAChangeAndNotBadJSON() throws {
    let file = try MappedFile(path: try written())
    try truncate(file.path, to: 0)
    #expect(throws: CheckpointError(.fileChanged, path: file.path)) {
      try Checkpoint(path: file.path, .safetensors(file))
    }
    #expect(throws: CheckpointError(.fileChanged, path: file.path)) {
      try Checkpoint(path: file.path, .gguf(file))
    }
  }

  @Test func aMappingsEndIsForgotten() throws {
    for _ in 0..<3 {
      let path = try written()
      let file = try MappedFile(path: path)
      try truncate(path, to: 0)
      #expect(!file.hasChanged)
      #expect(file.copy(0..<1) == [0])
      #expect(file.hasChanged)
      // Another mapping, which may take over the record and the address.
      let other = try MappedFile(path: try written("other"))
      #expect(other.copy(other.byteCount - 1..<other.byteCount) == [0x3f])
      #expect(!other.hasChanged)
    }
    #expect(!MappedFile(path: "memory", contents: [1]).hasChanged)
  }

  @Test func bytesThatWereGivenUpAreReadAgain() throws {
    let file = try MappedFile(path: try written())
    let bytes = file.allBytes
    for range in [0..<file.byteCount, 1..<2, 5000..<9001, 0..<0] {
      file.discard(range)
      #expect(file.allBytes == bytes)
    }
    #expect(!file.hasChanged)
    try truncate(file.path, to: 0)
    file.discard(0..<file.byteCount)
    #expect(file.copy(0..<1) == [0])
    #expect(file.hasChanged)
    let memory = MappedFile(path: "memory", contents: [1, 2])
    memory.discard(0..<2)
    #expect(memory.allBytes == [1, 2])
  }
}
