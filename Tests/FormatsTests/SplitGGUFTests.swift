import TestSupport
import Testing

@testable import Formats

@Suite struct SplitGGUFTests {
  private let folder: TemporaryFolder
  private static let names = (1...3).map { "m-0000\($0)-of-00003.gguf" }

  init() throws { folder = try TemporaryFolder() }

  /// Three parts as gguf-split writes them: the model's metadata and no tensor in the first.
  private static func parts() -> [TinyGGUF] {
    let tensors: [[TinyTensor]] = [
      [], [.f32("output_norm.weight", [2], [1, 2])],
      [.f32("output.weight", [2], [3, 4]), .f16("odd", [1], [5])],
    ]
    return tensors.enumerated().map { number, tensors in
      let split: [(key: String, value: TinyGGUF.Value)] = [
        ("split.no", .u16(UInt16(number))), ("split.count", .u16(3)),
        ("split.tensors.count", .i32(3)),
      ]
      return TinyGGUF((number == 0 ? TinyGGUF.llamaPairs : []) + split, tensors.map { .init($0) })
    }
  }

  private func write(_ parts: [TinyGGUF] = Self.parts()) throws {
    for (name, part) in zip(Self.names, parts) { try folder.write(name, part.bytes) }
  }

  private func refusal(of name: String) -> CheckpointError? {
    #expect(throws: CheckpointError.self) { try Checkpoint(path: folder.path(name)) }
  }

  @Test func anyPartAndTheFolderOpenTheWhole() throws {
    try write()
    for path in Self.names.map(folder.path) + [folder.path] {
      let checkpoint = try Checkpoint(path: path)
      #expect(checkpoint.path == path)
      #expect(checkpoint.shards.map(\.path) == Self.names.map(folder.path))
      #expect(checkpoint.tensors.map(\.name) == ["output_norm.weight", "output.weight", "odd"])
      #expect(checkpoint.tensors.map(\.shardIndex) == [1, 2, 2])
      #expect(checkpoint.config?.hiddenSize == 32)
      let values = try checkpoint.tensors.map { try checkpoint.values(of: $0) }
      #expect(values == [[1, 2], [3, 4], [5]])
    }
  }

  @Test func aMissingPartIsNamed() throws {
    try write(Array(Self.parts().prefix(2)))
    let error = refusal(of: Self.names[0])
    #expect(
      error == CheckpointError(.missingShard(Self.names[2]), path: folder.path(Self.names[0])))
  }

  @Test func aPartInAnothersPlaceIsRefused() throws {
    let parts = Self.parts()
    try write([parts[0], parts[2], parts[1]])
    #expect(
      refusal(of: Self.names[0])?.problem
        == .invalidValue(key: "split.no", value: "2", expected: "1"))
    var odd = parts[1]
    odd.pairs = [("split.no", .u16(1)), ("split.count", .u16(4))]
    try write([parts[0], odd, parts[2]])
    let error = refusal(of: Self.names[0])
    #expect(error?.problem == .invalidValue(key: "split.count", value: "4", expected: "3"))
    #expect(error?.path == folder.path(Self.names[1]))
    odd.pairs = []
    try write([parts[0], odd, parts[2]])
    #expect(refusal(of: Self.names[0])?.problem == .missingKey("split.no"))
  }

  @Test func tensorsAreCountedAndOfOnePart() throws {
    var parts = Self.parts()
    parts[2].tensors[1].tensor.name = "output_norm.weight"
    try write(parts)
    let error = refusal(of: Self.names[1])
    #expect(error?.problem == .inTwoShards(Self.names[1], Self.names[2]))
    #expect(error?.tensor == "output_norm.weight")
    parts[2].tensors.removeLast()
    try write(parts)
    #expect(
      refusal(of: Self.names[2])?.problem
        == .invalidValue(key: "split.tensors.count", value: "3", expected: "2"))
  }

  @Test func aNumberBeyondTheCountIsRefused() throws {
    var part = Self.parts()[1]
    part.pairs = [("split.no", .u16(3)), ("split.count", .u16(3))]
    try folder.write(Self.names[1], part.bytes)
    #expect(
      refusal(of: Self.names[1])?.problem
        == .invalidValue(key: "split.no", value: "3", expected: "0 to 2"))
  }

  @Test func onlyPartsOfOneCheckpointAreOne() {
    let names = Self.names
    #expect(SplitGGUF.firstPart(of: names.reversed()) == names[0])
    #expect(SplitGGUF.firstPart(of: Array(names.suffix(1))) == names[2])
    #expect(SplitGGUF.firstPart(of: names + ["n-00001-of-00003.gguf"]) == nil)
    #expect(SplitGGUF.firstPart(of: names + ["m-00001-of-00002.gguf"]) == nil)
    #expect(SplitGGUF.firstPart(of: ["m.gguf"]) == nil)
    #expect(SplitGGUF.firstPart(of: ["m-0000a-of-00002.gguf"]) == nil)
    #expect(SplitGGUF.firstPart(of: []) == nil)
  }
}
