import Core
import Formats
import TestSupport
import Testing

@Suite struct GGUFTests {
  typealias Value = TinyGGUF.Value

  @Test(arguments: [1, 3] as [UInt32]) func everyValueTypeIsRead(version: UInt32) throws {
    let pairs: [(key: String, value: Value)] = [
      ("u8", .u8(200)), ("i8", .i8(-3)), ("u16", .u16(60_000)), ("i16", .i16(-30_000)),
      ("u32", .u32(4_000_000_000)), ("i32", .i32(-2_000_000_000)), ("f32", .f32(1e-5)),
      ("true", .bool(1)), ("text", .string("héllo")), ("u64", .u64(1 << 62)),
      ("huge", .u64(.max)), ("i64", .i64(-1)), ("f64", .f64(0.1)),
      ("short", .array(type: 4, [.u32(1), .u32(2)])),
      ("words", .array(type: 8, [.string("a"), .string("")])),
      ("long", .array(type: 5, (0..<17).map { .i32($0) })),
      (
        "nested",
        .array(type: 9, [.array(type: 0, [.u8(1)]), .array(type: 8, [.string("x")])])
      ),
    ]
    let expected: JSONValue = [
      "u8": 200, "i8": -3, "u16": 60_000, "i16": -30_000, "u32": 4_000_000_000,
      "i32": -2_000_000_000, "f32": 1e-5, "true": true, "text": "héllo",
      "u64": 4_611_686_018_427_387_904, "huge": 18_446_744_073_709_551_615.0, "i64": -1,
      "f64": 0.1, "short": [1, 2], "words": ["a", ""],
      "long": ["element_type": "i32", "count": 17],
      "nested": ["element_type": "array", "count": 2],
    ]
    var file = TinyGGUF(pairs)
    file.version = version
    let checkpoint = try open(file.bytes, as: "x.gguf")
    #expect(checkpoint.metadata == expected)
    #expect(try checkpoint.metadataArray("long")?.integers() == Array(0..<17))
    #expect(try checkpoint.metadataArray("words")?.strings() == ["a", ""])
    #expect(try checkpoint.metadataArray("short")?.numbers() == [1, 2])
    #expect(try checkpoint.metadataArray("none") == nil)
    #expect(throws: CheckpointError.self) { try checkpoint.metadataArray("text") }
    #expect(throws: CheckpointError.self) { try checkpoint.metadataArray("words")?.integers() }
    #expect(throws: CheckpointError.self) { try checkpoint.metadataArray("long")?.strings() }
  }

  @Test(arguments: [1, 2, 3] as [UInt32]) func tensorsAreListedOutermostFirst(version: UInt32)
    throws
  {
    var file = TinyGGUF(
      [],
      [
        .init(.f32("blk.0.ffn_up.weight", [2, 3], [1, 2, 3, 4, 5, 6])),
        .init(.f16("output_norm.weight", [2], [0.5, -2])),
        .init(TinyTensor("odd", "I8", [0], bytes: [])),
        .init(.bf16("output.weight", [1, 2], [3, 4])),
      ])
    file.version = version
    let checkpoint = try open(file.bytes, as: "x.gguf")
    #expect(checkpoint.tensors.map(\.shape) == [[2, 3], [2], [0], [1, 2]])
    #expect(checkpoint.tensors.map(\.dtype) == [.f32, .f16, .i8, .bf16])
    #expect(checkpoint.tensors.first?.role == Role(layer: 0, component: .ffn_up))
    let values = try checkpoint.tensors.map { try checkpoint.values(of: $0) }
    #expect(values == [[1, 2, 3, 4, 5, 6], [0.5, -2], [], [3, 4]])
  }

  @Test func unknownTypesAreListedAndTheRestIsRead() throws {
    let file = TinyGGUF(
      [],
      [
        .init(TinyTensor("fork", "?", [64], bytes: .init(repeating: 1, count: 40)), type: 137),
        .init(.f32("known", [1], [7])),
        .init(TinyTensor("removed", "?", [32], bytes: .init(repeating: 1, count: 32)), type: 36),
      ])
    let checkpoint = try open(file.bytes, as: "x.gguf")
    #expect(checkpoint.tensors.map { "\($0.dtype)" } == ["ggml type 137", "F32", "ggml type 36"])
    #expect(checkpoint.tensors.map(\.byteCount) == [64, 4, 32])
    #expect(try checkpoint.values(of: checkpoint.tensors[1]) == [7])
    #expect(
      throws: CheckpointError(
        .unsupportedDType("ggml type 137"), path: checkpoint.path, tensor: "fork")
    ) { try checkpoint.values(of: checkpoint.tensors[0]) }
  }

  /// A quantized row, more than a step of values, and what nobody defines.
  @Test func bigEndianFilesAreRead() throws {
    let count = 5000
    let block =
      littleEndian(Float16(0.25).bitPattern) + littleEndian(Float16(-3).bitPattern)
      + (4..<144).map { UInt8($0) }
    var swapped = block
    swapped.swapAt(0, 1)
    swapped.swapAt(2, 3)
    let floats = (0..<count).map { Float($0) - 0.1 }
    let little = [
      TinyTensor.f32("f", [count], floats), TinyTensor("k", "Q4_K", [256], bytes: block),
      TinyTensor("q", "Q5_0", [32], bytes: .init(repeating: 0, count: 22)),
    ]
    let big = [
      TinyTensor(
        "f", "F32", [count], bytes: floats.flatMap { littleEndian($0.bitPattern).reversed() }),
      TinyTensor("k", "Q4_K", [256], bytes: swapped), little[2],
    ]
    let types: [UInt32?] = [nil, 12, 6]
    let files = [little, big].map { tensors in
      TinyGGUF(
        TinyGGUF.llamaPairs + [("words", .array(type: 8, [.string("a"), .string("bc")]))],
        zip(tensors, types).map { .init($0, type: $1) })
    }
    var bigFile = files[1]
    bigFile.isBigEndian = true
    let (first, second) = (
      try open(files[0].bytes, as: "x.gguf"), try open(bigFile.bytes, as: "x.gguf")
    )
    #expect(second.metadata == first.metadata)
    #expect(second.tensors.map(\.shape) == first.tensors.map(\.shape))
    for (tensor, partner) in zip(first.tensors, second.tensors).prefix(2) {
      #expect(try second.values(of: partner) == first.values(of: tensor))
      let part = 17..<(tensor.elementCount - 3)
      #expect(
        try second.values(of: partner, elements: part) == first.values(of: tensor, elements: part))
      #expect(try second.contentHash(of: partner) == first.contentHash(of: tensor))
      #expect(try second.withStoredBytes(of: partner, order: .stored) { $0.byteCount } == nil)
    }
    #expect(
      throws: CheckpointError(
        .unsupportedDType("Q5_0 in big-endian files"), path: "x.gguf", tensor: "q")
    ) { try second.values(of: second.tensors[2]) }
  }

  @Test func anAlignmentOfItsOwnIsHonoured() throws {
    let file = TinyGGUF(
      [("general.alignment", .u32(8))], [.init(.f32("a", [1], [1])), .init(.f32("b", [1], [2]))],
      alignment: 8)
    let checkpoint = try open(file.bytes, as: "x.gguf")
    #expect(checkpoint.tensors[1].fileOffset == checkpoint.tensors[0].fileOffset + 8)
    #expect(try checkpoint.values(of: checkpoint.tensors[1]) == [2])
  }

  private static let tensor = TinyTensor.f32("t", [2], [1, 2])

  private static func changed(
    _ pairs: [(key: String, value: Value)] = [], _ tensors: [TinyGGUF.Tensor] = [],
    _ change: (inout TinyGGUF) -> Void = { _ in }
  ) -> [UInt8] {
    var file = TinyGGUF(pairs, tensors)
    change(&file)
    return file.bytes
  }

  static let refusals: [Refusal] = headerRefusals + metadataRefusals + tensorRefusals

  /// Metadata begin at byte 24, a value of key `k` at 37, descriptions without metadata at 24.
  private static let headerRefusals: [Refusal] = [
    Refusal("G1 empty", [], .wrongMagic(found: []), at: 0),
    Refusal(
      "G1 magic only", Array("GGUF".utf8),
      .truncated(what: "version", byteCount: 4, available: 0), at: 4),
    Refusal(
      "G2 wrong magic", changed { $0.magic = Array("GGML".utf8) },
      .wrongMagic(found: Array("GGML".utf8)), at: 0),
    Refusal("G3 version 0", changed { $0.version = 0 }, .unsupportedVersion(0), at: 4),
    Refusal("G3 version 4", changed { $0.version = 4 }, .unsupportedVersion(4), at: 4),
    Refusal(
      "G3 big-endian version 4", changed { $0.version = 4 << 24 }, .unsupportedVersion(4), at: 4),
    Refusal(
      "G4 tensor count", changed { $0.tensorCount = .max },
      .countTooLarge(what: "tensors", count: .max, limit: 0), at: 8),
    Refusal(
      "G4 pair count", changed { $0.pairCount = 1 << 63 },
      .countTooLarge(what: "metadata pairs", count: 1 << 63, limit: 0), at: 16),
  ]

  private static let metadataRefusals: [Refusal] = [
    Refusal(
      "G5 empty key", changed([("", .u64(0))]),
      .invalidName(what: "metadata key", byteCount: 0, limit: 65_535), at: 24),
    Refusal(
      "G5 long key", changed([(String(repeating: "k", count: 65_536), .u8(0))]),
      .invalidName(what: "metadata key", byteCount: 65_536, limit: 65_535), at: 24),
    Refusal(
      "G6 duplicate key", changed([("k", .u8(0)), ("k", .u8(1))]), .duplicateKey("k"), at: 38),
    Refusal(
      "G7 value type", changed([("k", .raw(type: 13, [0, 0, 0, 0]))]),
      .unknownValueType(key: "k", type: 13), at: 33),
    Refusal(
      "G8 string past the end", changed([("k", .raw(type: 8, littleEndian(UInt64.max)))]),
      .truncated(what: "value of metadata key 'k'", byteCount: .max, available: 19), at: 45),
    Refusal(
      "G9 array past the end",
      changed([("k", .raw(type: 9, littleEndian(UInt32(10)) + littleEndian(UInt64(1) << 61)))]),
      .arrayTooLong(key: "k", count: 1 << 61, available: 15), at: 37),
    Refusal(
      "G9 string array past the end",
      changed([
        (
          "k",
          .raw(
            type: 9,
            littleEndian(UInt32(8)) + littleEndian(UInt64(1)) + littleEndian(UInt64(1) << 63))
        )
      ]),
      .truncated(what: "string in metadata key 'k'", byteCount: 1 << 63, available: 7), at: 57),
    Refusal(
      "G9 element type", changed([("k", .array(type: 99, []))]),
      .unknownValueType(key: "k", type: 99), at: 37),
    Refusal(
      "G10 nested arrays",
      changed([
        (
          "k",
          (0..<5).reduce(Value.array(type: 0, [])) { inner, _ in .array(type: 9, [inner]) }
        )
      ]),
      .nestedTooDeep(key: "k", limit: 4), at: 73),
    Refusal(
      "G11 boolean", changed([("k", .bool(2))]), .invalidBool(key: "k", value: 2), at: 37),
    Refusal(
      "G12 alignment 0", changed([("general.alignment", .u32(0))]),
      .invalidAlignment(value: 0, limit: 1 << 20), at: 53),
    Refusal(
      "G12 alignment not a power of two", changed([("general.alignment", .u32(48))]),
      .invalidAlignment(value: 48, limit: 1 << 20), at: 53),
    Refusal(
      "G12 absurd alignment", changed([("general.alignment", .u32(1 << 31))]),
      .invalidAlignment(value: 1 << 31, limit: 1 << 20), at: 53),
    Refusal(
      "G12 alignment of a wrong type", changed([("general.alignment", .string("32"))]),
      .wrongKeyType(key: "general.alignment", found: "a string", expected: "an integer"), at: 53),
    Refusal(
      "G13 scores of a wrong type",
      changed([
        ("tokenizer.ggml.tokens", .array(type: 8, [.string("a")])),
        ("tokenizer.ggml.scores", .array(type: 1, [.i8(1)])),
      ]),
      .wrongKeyType(
        key: "tokenizer.ggml.scores", found: "an array of i8", expected: "an array of f32"),
      at: 111),
    Refusal(
      "G13 unequal lengths",
      changed([
        ("tokenizer.ggml.tokens", .array(type: 8, [.string("a")])),
        ("tokenizer.ggml.token_type", .array(type: 5, [.i32(1), .i32(1)])),
      ]),
      .unequalArrays(
        key: "tokenizer.ggml.token_type", count: 2, other: "tokenizer.ggml.tokens", otherCount: 1),
      at: 115),
    Refusal(
      "split file", changed([("split.no", .u16(1)), ("split.count", .u16(3))]),
      .splitFile(part: 2, count: 3), at: 69),
  ]

  private static let tensorRefusals: [Refusal] = [
    Refusal(
      "G14 long name", changed([], [.init(.f32(String(repeating: "n", count: 64), [1], [1]))]),
      .invalidName(what: "tensor name", byteCount: 64, limit: 63), at: 24),
    Refusal(
      "G14 empty name", changed([], [.init(.f32("", [1], [1]))]),
      .invalidName(what: "tensor name", byteCount: 0, limit: 63), at: 24),
    Refusal(
      "G14 duplicate name", changed([], [.init(tensor), .init(tensor)]), .duplicateTensor,
      tensor: "t", at: 57),
    Refusal(
      "G15 dimensions", changed([], [.init(tensor, dimensionCount: 1_000_000)]),
      .tooManyDimensions(count: 1_000_000, limit: 4), tensor: "t", at: 33),
    Refusal(
      "G16 negative dimension", changed([], [.init(tensor, sizes: [2, 1 << 63])]),
      .invalidDimension(axis: 0, value: "9223372036854775808", limit: .max), tensor: "t", at: 24),
    Refusal(
      "G17 product overflow",
      changed([], [.init(tensor, sizes: [4_194_305, 4_194_305, 211_106_198_978_564])]),
      .shapeTooLarge(shape: [211_106_198_978_564, 4_194_305, 4_194_305]), tensor: "t", at: 24),
    Refusal(
      "G19 partial block", changed([], [.init(tensor, type: 12, sizes: [300, 4])]),
      .partialBlock(rowElements: 300, blockElements: 256, dtype: "Q4_K"), tensor: "t", at: 24),
    Refusal(
      "G20 byte overflow", changed([], [.init(tensor, sizes: [1 << 62])]),
      .shapeTooLarge(shape: [1 << 62]), tensor: "t", at: 24),
    Refusal(
      "G20 position overflow", changed([], [.init(tensor, sizes: [(1 << 61) - 8])]),
      .dataPastEnd(end: .max, fileByteCount: 96), tensor: "t", at: 24),
    Refusal(
      "G21 misaligned", changed([], [.init(tensor, offset: 8)]),
      .misaligned(offset: 8, alignment: 32), tensor: "t", at: 24),
    Refusal(
      "G22 hole", changed([], [.init(tensor, offset: 32)]), .hole(byteCount: 32), tensor: "t",
      at: 24),
    Refusal(
      "G22 overlap", changed([], [.init(tensor), .init(.f32("u", [1], [1]), offset: 0)]),
      .overlap(byteCount: 32), tensor: "u", at: 57),
    Refusal(
      "G22 offset beyond Int", changed([], [.init(tensor, offset: .max - 31)]),
      .offsetTooLarge(.max - 31), tensor: "t", at: 24),
    Refusal(
      "G23 past the end", changed([], [.init(tensor, sizes: [200])]),
      .dataPastEnd(end: 864, fileByteCount: 96), tensor: "t", at: 24),
    Refusal(
      "G24 trailing bytes", changed([], [.init(tensor)]) + [0], .trailingBytes(count: 25),
      at: 72),
    Refusal(
      "G26 data start past the end",
      Array(
        changed([], [.init(TinyTensor("t", "F32", [0], bytes: []))]).prefix(57)),
      .dataPastEnd(end: 64, fileByteCount: 57), tensor: "t", at: 24),
  ]

  @Test(arguments: refusals) func aHostileFileIsRefused(refusal: Refusal) throws {
    try refusal.check(fileName: "x.gguf")
  }

  @Test(arguments: [1, 3] as [UInt32]) func everyTruncationIsRefused(version: UInt32) throws {
    var file = TinyGGUF(
      TinyGGUF.llamaPairs + [("words", .array(type: 8, [.string("a"), .string("bc")]))],
      [.init(.f32("a", [2], [1, 2])), .init(.f32("b", [8], [1, 2, 3, 4, 5, 6, 7, 8]))])
    file.version = version
    let bytes = file.bytes
    for count in 0..<bytes.count {
      #expect(throws: CheckpointError.self, "\(count) bytes") {
        try open(Array(bytes.prefix(count)), as: "x.gguf")
      }
    }
    _ = try open(bytes, as: "x.gguf")
  }

  /// G13: the tensors can be read without a configuration.
  @Test func aConfigurationKeyOfAWrongTypeIsNamed() throws {
    let bytes = Self.changed([
      ("general.architecture", .string("llama")), ("llama.vocab_size", .string("x")),
    ])
    let problem = try open(bytes, as: "x.gguf").configProblem
    #expect(
      problem?.problem
        == .wrongKeyType(key: "llama.vocab_size", found: "a string", expected: "an integer"))
    #expect(problem?.offset == 97)
  }

  @Test func aMissingConfigurationKeyIsNamed() throws {
    for (position, pair) in TinyGGUF.llamaPairs.enumerated()
    where pair.key.hasSuffix("_length") || pair.key.hasSuffix("count") {
      guard pair.key != "llama.context_length" else { continue }
      var pairs = TinyGGUF.llamaPairs
      pairs.remove(at: position)
      let checkpoint = try open(TinyGGUF(pairs).bytes, as: "x.gguf")
      #expect(checkpoint.config == nil)
      #expect(checkpoint.configProblem?.problem == .missingKey(pair.key))
      #expect(checkpoint.warnings == [checkpoint.configProblem])
    }
  }
}
