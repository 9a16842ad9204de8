import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Formats

@Suite struct CheckpointPathTests {
  private func problem(_ path: String) -> CheckpointError.Problem? {
    do {
      _ = try Checkpoint(path: path)
      return nil
    } catch {
      return error.problem
    }
  }

  @Test func whatIsNoCheckpointIsOneClearError() throws {
    let folder = try TemporaryFolder()
    #expect(problem(folder.path("none")) == .unreadable(reason: "no such file or folder"))
    #expect(problem(folder.path) == .noCheckpoint)
    let fifo = folder.path("fifo.gguf")
    #expect(mkfifo(fifo, 0o600) == 0)
    #expect(problem(fifo) == .unreadable(reason: "is not a regular file"))
    try folder.write("text", "hello world")
    #expect(problem(folder.path("text")) == .unknownFormat(firstBytes: Array("hello wo".utf8)))
    try folder.write("empty", "")
    #expect(problem(folder.path("empty")) == .unknownFormat(firstBytes: []))
    try folder.write("torch.bin", "PK\u{3}\u{4}....")
    #expect(problem(folder.path("torch.bin")) == .noZipDirectory)
  }

  @Test func aFolderIsReadAsTransformersReadsIt() throws {
    let folder = try TemporaryFolder()
    let one = TinySafetensors.bytes([.f32("one", [1], [1])])
    try folder.write("b.gguf", TinyGGUF().bytes)
    #expect(try Checkpoint(path: folder.path).format == .gguf)
    try folder.write("a.gguf", TinyGGUF().bytes)
    #expect(problem(folder.path) == .severalCheckpoints(names: ["a.gguf", "b.gguf"]))
    try folder.write("x.safetensors", one)
    #expect(try Checkpoint(path: folder.path).tensors.map(\.name) == ["one"])
    try folder.write("model.safetensors", TinySafetensors.bytes([.f32("two", [1], [1])]))
    try folder.write("tokenizer.json", "{}")
    let checkpoint = try Checkpoint(path: folder.path + "/")
    #expect(checkpoint.tensors.map(\.name) == ["two"])
    #expect(checkpoint.tokenizerPath?.hasSuffix("tokenizer.json") == true)
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
    #expect(try Checkpoint(path: link).tensors.map(\.name) == ["two"])
  }

  @Test func aMissingTensorComesWithNearNames() throws {
    let checkpoint = try open(
      TinySafetensors.bytes([
        .f32("model.layers.0.self_attn.k_proj.weight", [1], [1]),
        .f32("model.layers.0.self_attn.q_proj.weight", [1], [2]),
      ]), as: "x.safetensors")
    #expect(try checkpoint.findTensor("blk.0.attn_q.weight").name.contains("q_proj"))
    let role = #expect(throws: CheckpointError.self) {
      try checkpoint.findTensor("blk.0.attn_q.weigt")
    }
    #expect(
      role?.problem.hint == "did you mean 'blk.0.attn_q.weight' or 'blk.0.attn_k.weight'?")
    let error = #expect(throws: CheckpointError.self) {
      try checkpoint.findTensor("model.layers.0.self_attn.k_proj.wieght")
    }
    #expect(
      "\(try #require(error))" == """
        x.safetensors: tensor 'model.layers.0.self_attn.k_proj.wieght': no such tensor
          hint: did you mean 'model.layers.0.self_attn.k_proj.weight' or \
        'model.layers.0.self_attn.q_proj.weight'?
        """)
    #expect(
      throws: CheckpointError(.tensorNotFound(nearest: []), path: "x.safetensors", tensor: "?")
    ) { try checkpoint.findTensor("?") }
  }
}

@Suite struct CheckpointErrorTests {
  @Test(arguments: [
    (
      CheckpointError(.wrongMagic(found: Array("PK\u{3}\u{4}".utf8)), path: "m.gguf", offset: 0),
      """
      m.gguf: not a GGUF file: first bytes are 'PK\\x03\\x04', expected 'GGUF' (at byte 0)
        hint: this looks like a PyTorch zip archive
      """
    ),
    (
      CheckpointError(.invalidAlignment(value: 0, limit: 1024), path: "m.gguf", offset: 1184),
      "m.gguf: metadata key 'general.alignment': 0 is not a power of two up to 1024 (at byte 1184)"
    ),
    (
      CheckpointError(
        .partialBlock(rowElements: 4100, blockElements: 256, dtype: "Q4_K"), path: "m.gguf",
        tensor: "blk.7.ffn_down.weight", offset: 90_112),
      "m.gguf: tensor 'blk.7.ffn_down.weight': row of 4100 elements is not a whole number of "
        + "256-element Q4_K blocks (at byte 90112)"
    ),
    (
      CheckpointError(
        .dataPastEnd(end: 9_437_184, fileByteCount: 9_433_088), path: "m.safetensors",
        tensor: "lm_head.weight"),
      "m.safetensors: tensor 'lm_head.weight': data ends at byte 9437184, the file at 9433088; "
        + "the copy may be incomplete"
    ),
  ])
  func aMessageSaysWhatWhereAndBothNumbers(error: CheckpointError, text: String) {
    #expect("\(error)" == text)
  }

  @Test func codesAreSnakeCase() {
    #expect(CheckpointError.Problem.noCheckpoint.code == "no_checkpoint")
    #expect(CheckpointError.Problem.trailingBytes(count: 1).code == "trailing_bytes")
    #expect(CheckpointError.Problem.invalidUTF8(what: "x").code == "invalid_utf8")
    #expect(CheckpointError.Problem.unknownDType("x").code == "unknown_dtype")
  }
}

@Suite struct CheckpointReportTests {
  private static let gguf = TinyGGUF(
    TinyGGUF.llamaPairs,
    [
      .init(.bf16("output.weight", [2, 2], [1, 2, 3, 4])),
      .init(.f32("blk.1.attn_norm.weight", [2], [1, 2])),
      .init(.f32("blk.0.attn_norm.weight", [2], [1, 2])),
      .init(.f32("blk.2.attn_norm.weight", [3], [1, 2, 3])),
      .init(.f32("rope_freqs.weight", [2], [1, 1])),
      .init(TinyTensor("odd", "?", [32], bytes: .init(repeating: 0, count: 32)), type: 137),
    ])

  @Test func theDocumentHoldsWhatScriptsRelyOn() throws {
    let checkpoint = try open(Self.gguf.bytes, as: "x.gguf")
    let document = CheckpointReport.document([
      .opened(try CheckpointReport(checkpoint, checkpoint: checkpoint, options: .hashes))
    ])
    #expect(document["schema_version"] == 1)
    #expect(document["format"] == "gguf")
    #expect(document["architecture"] == "llama")
    #expect(document["parameter_count"] == 43)
    #expect(document["byte_count"] == .integer(8 + 8 + 8 + 12 + 8 + 32))
    #expect(document["layer_count"] == 1)
    #expect(document["content_hash"] == .null)
    #expect(document["problems"]?[0]?["problem"] == "unsupported_dtype")
    #expect(document["dtypes"]?["BF16"]?["parameter_count"] == 4)
    #expect(document["checkpoints"]?[0]?["path"] == "x.gguf")
    #expect(document["shards"]?[0]?["byte_count"] == .integer(Self.gguf.bytes.count))
    let names = document["tensors"]?.array?.map { $0["name"] }
    #expect(
      names == [
        "rope_freqs.weight", "blk.0.attn_norm.weight", "blk.1.attn_norm.weight",
        "blk.2.attn_norm.weight", "output.weight", "odd",
      ])
    let head = document["tensors"]?[4]
    #expect(head?["role"] == "output.weight")
    #expect(head?["component"] == "output")
    #expect(head?["shape"] == [2, 2])
    #expect(head?["dtype"] == "BF16")
    #expect(head?["byte_count"] == 8)
    #expect(head?["content_hash"]?.string?.count == 32)
    #expect(document["tensors"]?[5]?["content_hash"] == .null)
    #expect(document["tensors"]?[5]?["storage_hash"]?.string?.count == 32)
  }

  @Test func equalLayersAreOneRow() throws {
    let checkpoint = try open(Self.gguf.bytes, as: "x.gguf")
    let table = CheckpointReport.groupTable([
      try CheckpointReport(checkpoint, checkpoint: checkpoint)
    ])
    #expect(
      table.rows.map(\.[0].text) == [
        "rope_freqs.weight", "layers 0–1", "layer 2", "output.weight", "odd",
      ])
    #expect(table.rows[1].map(\.raw) == ["layers 0–1", "2", "4", "16", "F32", ""])
    #expect(table.rows[3].map(\.raw) == ["output.weight", "1", "4", "8", "BF16", "2x2"])
  }

  @Test func aFilterChoosesWhatIsListed() throws {
    let checkpoint = try open(Self.gguf.bytes, as: "x.gguf")
    let report = try CheckpointReport(
      checkpoint, checkpoint: checkpoint, where: { $0.contains("attn") })
    #expect(report.tensors.count == 3)
    #expect(report.parameterCount == 43)
    #expect(CheckpointReport.tensorTable([report]).rows.count == 3)
  }
}

@Suite struct TensorDumpTests {
  private let checkpoint: Checkpoint

  init() throws {
    checkpoint = try open(
      TinySafetensors.bytes([.f32("a", [3, 2], [1, 2, .nan, 4, 5, -0.5])]), as: "x.safetensors")
  }

  @Test func rowsAreChosen() throws {
    let all = try TensorDump(checkpoint, tensor: "a", order: .stored)
    #expect(
      String(decoding: try bytes(all, .json), as: UTF8.self)
        == #"{"schema_version": 1, "name": "a", "shape": [3, 2], "values": [1.0, 2.0, null, 4.0, 5.0, -0.5]}"#
    )
    let last = try TensorDump(checkpoint, tensor: "a", rows: (2, nil), order: .logical)
    #expect(last.shape == [1, 2])
    #expect(try bytes(last, .f32) == [0, 0, 0xa0, 0x40, 0, 0, 0, 0xbf])
    #expect(throws: InputError.self) {
      try TensorDump(checkpoint, tensor: "a", rows: (2, 4), order: .stored)
    }
  }

  @Test func npyIsNumpys() throws {
    let dump = try TensorDump(checkpoint, tensor: "a", rows: (0, 1), order: .stored)
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2,), }"
    let padding = String(repeating: " ", count: 117 - header.count)
    let expected =
      try [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array("\(header)\(padding)\n".utf8)
      + bytes(dump, .f32)
    #expect(try bytes(dump, .npy) == expected)
  }

  @Test func nothingIsAnEmptyList() throws {
    let dump = try TensorDump(checkpoint, tensor: "a", rows: (1, 1), order: .stored)
    #expect(
      String(decoding: try bytes(dump, .json), as: UTF8.self)
        == #"{"schema_version": 1, "name": "a", "shape": [0, 2], "values": []}"#)
    #expect(try bytes(dump, .f32).isEmpty)
  }

  @Test func stripsMakeTheWhole() throws {
    let count = 2 * TensorDump.stripElements + 3
    let values = (0..<count).map { Float($0) / 8 }
    let large = try open(
      TinySafetensors.bytes([.f32("a", [count], values)]), as: "x.safetensors")
    let dump = try TensorDump(large, tensor: "a", order: .stored)
    #expect(try bytes(dump, .f32) == values.flatMap { littleEndian($0.bitPattern) })
    let document: JSONValue = [
      "schema_version": 1, "name": "a", "shape": [.integer(count)],
      "values": .array(values.map { .number(Double($0)) }),
    ]
    #expect(try bytes(dump, .json) == Array(document.serialized().utf8))
    var sizes: [Int] = []
    try dump.write(as: .f32) { sizes.append($0.count) }
    #expect(sizes == [4 * TensorDump.stripElements, 4 * TensorDump.stripElements, 12])
  }

  @Test func whatCannotBeDecodedIsRefusedBeforeAnythingIsWritten() throws {
    let complex = try open(
      TinySafetensors.bytes([TinyTensor("a", "C64", [1], bytes: [1, 2, 3, 4, 5, 6, 7, 8])]),
      as: "x.safetensors")
    #expect(
      throws: CheckpointError(.unsupportedDType("C64"), path: "x.safetensors", tensor: "a")
    ) { try TensorDump(complex, tensor: "a", order: .stored) }
  }

  private func bytes(_ dump: TensorDump, _ encoding: TensorDump.Encoding) throws -> [UInt8] {
    var all: [UInt8] = []
    try dump.write(as: encoding) { all += $0 }
    return all
  }
}
