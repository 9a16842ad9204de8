import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// Tensors whose values 32-bit floats cannot tell apart.
struct WideTensorTests {
  private func comparison(
    _ base: MemorySource, _ other: MemorySource
  ) throws -> CheckpointComparison {
    try CheckpointComparison(base: base, other: other)
  }

  static let neighbours: [(MemorySource, MemorySource)] = [
    (integers(.i64, [1, 16_777_216] as [Int64]), integers(.i64, [1, 16_777_217] as [Int64])),
    (integers(.u64, [1, .max] as [UInt64]), integers(.u64, [1, .max - 1] as [UInt64])),
    (integers(.i32, [1, -16_777_216] as [Int32]), integers(.i32, [1, -16_777_217] as [Int32])),
    (integers(.u32, [1, .max] as [UInt32]), integers(.u32, [1, .max - 1] as [UInt32])),
    (doubles([1, 1]), doubles([1, 1 + 1e-12])),
  ]

  private static func integers<Number: FixedWidthInteger>(
    _ dtype: DType, _ numbers: [Number]
  ) -> MemorySource {
    MemorySource("\(dtype)").with("w", dtype: dtype, wide: numbers)
  }

  private static func doubles(_ numbers: [Double]) -> MemorySource {
    MemorySource("F64").with("w", wide: numbers)
  }

  @Test(arguments: neighbours)
  func neighboursThatFloatsRoundTogetherDiffer(base: MemorySource, other: MemorySource) throws {
    let moved = try comparison(base, other)
    #expect(moved.total.identicalFraction == 0.5)
    #expect(moved.verdict?.kind != .identical)
    #expect(!moved.isIdentical)
    #expect(moved.changedTensorCount == 1)
    #expect(try comparison(base, base).verdict?.kind == .identical)
    #expect(try comparison(other, other).verdict?.kind == .identical)
  }

  @Test(arguments: neighbours.filter { $0.0.path != "U64" })
  func theirDeltasAreThoseOfTheStoredValues(base: MemorySource, other: MemorySource) throws {
    let moved = try comparison(base, other).total
    let step = base.path == "F64" ? (1 + 1e-12) - 1 : 1
    #expect(moved.l2Delta == step)
    #expect(moved.maxAbs == step)
    #expect(moved.maxAbsIndex == 1)
    #expect(moved.unchangedFraction == (base.path == "F64" ? 1 : 0.5))
  }

  @Test func integersThatDoublesRoundTogetherHaveNoDelta() throws {
    let (base, other) = Self.neighbours[1]
    let moved = try comparison(base, other)
    #expect(moved.total.l2Delta == 0)
    #expect(moved.summary.hasSuffix("; 1 of 1 tensor differ, by less than 64-bit floats can tell"))
  }

  @Test func aSeriesCountsThemToo() throws {
    let (base, other) = Self.neighbours[0]
    let series = try Trajectory(checkpoints: [base, other, other])
    #expect(series.stages.map(\.fromBase.total.identicalFraction) == [0.5, 0.5])
    #expect(series.stages.map(\.fromPrevious.isIdentical) == [false, true])
  }

  @Test func otherTypesAreComparedByValue() throws {
    let narrow = MemorySource("F32").with("w", [1, 16_777_216])
    #expect(try comparison(narrow, Self.doubles([1, 16_777_216])).verdict?.kind == .identical)
    #expect(try comparison(Self.doubles([1, 16_777_216]), narrow).verdict?.kind == .identical)
    let near = try comparison(narrow, Self.doubles([1 + 1e-12, 16_777_216]))
    #expect(near.total.identicalFraction == 0.5)
    #expect(near.verdict?.kind != .identical)
    let whole = Self.integers(.i64, [1, 16_777_217] as [Int64])
    #expect(try comparison(narrow, whole).total.identicalFraction == 0.5)
    #expect(try comparison(whole, Self.doubles([1, 16_777_217])).verdict?.kind == .identical)
    let large = Self.integers(.i64, [1, .max] as [Int64])
    let same = Self.integers(.u64, [1, UInt64(Int64.max)] as [UInt64])
    #expect(try comparison(large, same).verdict?.kind == .identical)
    // The nearest double is one more.
    let rounded = try comparison(large, Self.doubles([1, 0x1p63]))
    #expect(rounded.total.identicalFraction == 0.5)
    let negative = Self.integers(.i64, [1, -1] as [Int64])
    let wrapped = Self.integers(.u64, [1, .max] as [UInt64])
    #expect(try comparison(negative, wrapped).total.identicalFraction == 0.5)
  }

  @Test func onlyTheRowsInCommonAreCounted() throws {
    func source(_ numbers: [Int64]) -> MemorySource {
      var source = MemorySource("\(numbers.count)")
        .with("e", shape: [numbers.count, 1], dtype: .i64, wide: numbers)
      source.tensors[0].role = .embedding
      return source
    }
    let grown = try comparison(source([1, 2, 3]), source([1, 2, 4, 5]))
    #expect(grown.total.elementCount == 3)
    #expect(grown.total.identicalFraction == 2.0 / 3)
  }

  @Test func whatIsNotShownIsNotCalledIdentical() throws {
    let base = Self.doubles([1, 2])
    let hidden = base.withoutStoredBytes
    #expect(try comparison(base, hidden).verdict?.kind != .identical)
    #expect(try comparison(hidden, hidden).total.identicalFraction == 0)
  }

  @Test func countsOfStripsAndPiecesAddUp() throws {
    let count = FusedPass.pieceElements + FusedPass.stripElements + 3
    let base = (0..<count).map { Int64($0) << 32 }
    var moved = base
    for place in [0, FusedPass.stripElements, FusedPass.pieceElements, count - 1] {
      moved[place] += 1
    }
    let result = try CheckpointComparison(
      base: Self.integers(.i64, base), other: Self.integers(.i64, moved),
      workGroup: .init(threadCount: 2))
    #expect(result.total.identicalFraction == Double(count - 4) / Double(count))
  }

  /// GGUF stores the rows of queries in another order than safetensors.
  @Test func rowsInAnotherOrderMeetTheirOwn() throws {
    let folder = try TemporaryFolder()
    // Four heads of eight rows of one element; row r of the file holds r.
    let headOrder = [0, 2, 4, 6, 1, 3, 5, 7]
    let logicalRows = (0..<4).flatMap { head in headOrder.map { 8 * head + $0 } }
    let stored = (0..<32).map { 1 + Double($0) * 1e-12 }
    let logical = logicalRows.map { stored[$0] }
    func f64(_ name: String, _ values: [Double]) -> TinyTensor {
      TinyTensor(name, "F64", [32, 1], bytes: values.flatMap { littleEndian($0.bitPattern) })
    }
    let gguf = try folder.write(
      "a.gguf",
      TinyGGUF(TinyGGUF.llamaPairs, [.init(f64("blk.0.attn_q.weight", stored))]).bytes)
    let name = "model.layers.0.self_attn.q_proj.weight"
    let same = try folder.write("b.safetensors", TinySafetensors.bytes([f64(name, logical)]))
    let other = try folder.write("c.safetensors", TinySafetensors.bytes([f64(name, stored)]))
    let base = try Checkpoint(path: gguf)
    #expect(
      try CheckpointComparison(base: base, other: Checkpoint(path: same)).verdict?.kind
        == .identical)
    let moved = try CheckpointComparison(base: base, other: Checkpoint(path: other))
    // The first and the last row of each head stay where they are.
    #expect(moved.total.identicalFraction == 0.25)
  }
}
