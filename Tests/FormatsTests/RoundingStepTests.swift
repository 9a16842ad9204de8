import CKernels
import Core
import TestSupport
import Testing

@testable import Formats

/// Steps against the values that the decoders make of codes.
@Suite struct RoundingStepTests {
  // MARK: - Floats

  @Test(arguments: [
    DType.f16, .bf16, .f8_e4m3, .f8_e5m2, .f8_e4m3fnuz, .f8_e5m2fnuz, .f6_e2m3, .f6_e3m2, .f4,
  ])
  func aFloatsStepIsTheDistanceToTheNextLarger(dtype: DType) throws {
    let format = try #require(dtype.floatFormat)
    let type = try #require(dtype.decodeType)
    let magnitudes = Set(Self.allCodes(of: dtype, type).filter(\.isFinite).map(abs)).sorted()
    #expect(magnitudes.count > 7)
    for (value, next) in zip(magnitudes, magnitudes.dropFirst()) {
      let step = Double(next - value)
      #expect(format.step(at: value) == step, "\(dtype) \(value)")
      #expect(format.step(at: -value) == step, "\(dtype) \(-value)")
    }
    #expect(format.step(at: .nan) == format.step(at: 0))
  }

  @Test func wideFloatsHaveTheStepsOfTheirTypes() throws {
    let single = try #require(DType.f32.floatFormat)
    let double = try #require(DType.f64.floatFormat)
    for value: Float in [1, 1.5, 0.1, 3e38, .leastNormalMagnitude] {
      #expect(single.step(at: value) == Double(value.ulp))
      #expect(double.step(at: value) == Double(value).ulp)
    }
    #expect(single.step(at: 0) == 0x1p-149)
    #expect(DType.i8.floatFormat == nil && DType.q8_0.floatFormat == nil)
  }

  private static func allCodes(of dtype: DType, _ type: lethe_decode_type) -> [Float] {
    let bits = (dtype.blockBytes ?? 1) * 8 / (dtype.blockElements ?? 1)
    var bytes: [UInt8] = []
    var pending = 0
    var count = 0
    for code in 0..<1 << bits {
      pending |= code << count
      count += bits
      while count >= 8 {
        bytes.append(UInt8(pending & 255))
        pending >>= 8
        count -= 8
      }
    }
    return Kernel.decode(lethe_best_kernel_set(), type, bytes, 0..<1 << bits)
      .map { Float(bitPattern: $0) }
  }

  // MARK: - Blocks

  private static let gridTypes: [DType] = [
    .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .q8_K, .tq1_0,
    .tq2_0, .q1_0, .q2_0,
  ]

  /// The elements that share a step.
  private static func groupSize(of dtype: DType) -> Int {
    switch dtype {
    case .q2_K, .q3_K, .q6_K: 16
    case .q4_K, .q5_K: 32
    default: dtype.blockElements ?? 1
    }
  }

  /// In every group of random codes each value is a whole number of steps away from the first, and
  /// no larger step does that.
  @Test func aStepIsOneUnitOfTheCode() throws {
    var random = SplitMix(seed: TestSeed.value)
    for dtype in Self.gridTypes {
      let grid = try #require(BlockGrid(dtype), "\(dtype)")
      let size = try #require(dtype.blockElements)
      let bytes = try Self.randomBlocks(dtype, count: 8, &random)
      let type = try #require(dtype.decodeType)
      let values = Kernel.decode(lethe_best_kernel_set(), type, bytes, 0..<8 * size)
        .map { Float(bitPattern: $0) }
      let groupSize = Self.groupSize(of: dtype)
      var coarse = 0
      for start in stride(from: 0, to: values.count, by: groupSize) {
        let steps = (start..<start + groupSize).map { element in
          grid.squares(bytes.span.bytes, elements: element..<element + 1).squareRoot()
        }
        #expect(Set(steps).count == 1, "\(dtype), \(TestSeed.comment)")
        let group = Array(values[start..<start + groupSize])
        if try largestUnit(of: steps[0], between: group, "\(dtype) \(start)") != 1 { coarse += 1 }
      }
      // Few codes of two bits have a common divisor by chance.
      #expect(coarse * groupSize * 10 < values.count, "\(dtype), \(TestSeed.comment)")
      let whole = grid.squares(bytes.span.bytes, elements: 0..<values.count)
      let parts = stride(from: 0, to: values.count, by: 24).reduce(0.0) { sum, start in
        let part = start..<min(values.count, start + 24)
        return sum + grid.squares(bytes.span.bytes, elements: part)
      }
      #expect(whole > 0 && abs(whole - parts) <= 1e-12 * whole, "\(dtype)")
    }
  }

  /// The greatest common divisor of how many steps lie between values, which must be whole numbers.
  private func largestUnit(
    of step: Double, between values: [Float], _ name: String
  ) throws -> Int {
    guard step > 0 else {
      #expect(Set(values).count == 1, "\(name)")
      return 1
    }
    let places = values.map { (Double($0) - Double(values[0])) / step }
    let whole = places.map { $0.rounded() }
    // Products and sums of values are rounded to floats.
    let slack = Double(values.map(abs).max() ?? 0) * 0x1p-21 / step
    #expect(zip(places, whole).allSatisfy { abs($0 - $1) <= slack }, "\(name)")
    return whole.reduce(0) { Self.divisor(Int(abs($1)), $0) }
  }

  private static func divisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : divisor(second, first % second)
  }

  /// Blocks of random codes, with scales that are numbers.
  private static func randomBlocks(
    _ dtype: DType, count: Int, _ random: inout SplitMix
  ) throws -> [UInt8] {
    let size = try #require(dtype.blockBytes)
    let halves: [Int] =
      switch dtype {
      case .q2_K: [80, 82]
      case .q3_K: [108]
      case .q6_K: [208]
      case .tq1_0: [52]
      case .tq2_0: [64]
      case .q8_K: []
      case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
      default: [0]
      }
    var bytes = (0..<count * size).map { _ in UInt8.random(in: 0...255, using: &random) }
    for block in stride(from: 0, to: bytes.count, by: size) {
      for offset in halves {
        let scale = Float16(Float.random(in: 0.01...0.02, using: &random)).bitPattern
        bytes[block + offset] = UInt8(scale & 255)
        bytes[block + offset + 1] = UInt8(scale >> 8)
      }
      if dtype == .q8_K {
        let scale = Float.random(in: 0.01...0.02, using: &random).bitPattern
        for byte in 0..<4 { bytes[block + byte] = UInt8(scale >> UInt32(8 * byte) & 255) }
      }
    }
    return bytes
  }

  @Test func aBlockThatIsNoNumberAddsNothing() throws {
    let grid = try #require(BlockGrid(.q8_0))
    let infinite: [UInt8] = [0x00, 0x7c] + [UInt8](repeating: 3, count: 32)
    #expect(grid.squares(infinite.span.bytes, elements: 0..<32) == 0)
  }

  @Test func floatsOfFourBitsHaveTheStepsOfTheirMagnitudes() throws {
    // Exponent 128 is a scale of 2; codes 0 to 15 twice.
    let codes = (0..<16).map { UInt8($0 | (15 - $0) << 4) }
    let grid = try #require(BlockGrid(.mxfp4))
    let expected: [Double] = [0.5, 0.5, 0.5, 0.5, 1, 1, 2, 2, 0.5, 0.5, 0.5, 0.5, 1, 1, 2, 2]
    let block = [128] + codes
    for (place, step) in (expected + expected.reversed()).enumerated() {
      let squares = grid.squares(block.span.bytes, elements: place..<place + 1)
      #expect(squares == 4 * step * step, "\(place)")
    }
    let all = expected.reduce(0) { $0 + $1 * $1 }
    #expect(grid.squares(block.span.bytes, elements: 0..<32) == 8 * all)

    // Scales 1, 1.5, 2^-9 and the one that ggml takes for zero; codes 0 to 7 and 8 to 15.
    let small = try #require(BlockGrid(.nvfp4))
    let group = (0..<8).map { UInt8($0 | ($0 + 8) << 4) }
    let bytes: [UInt8] = [0x38, 0x3c, 0x01, 0x7f] + group + group + group + group
    for (place, scale) in [1, 1.5, 0x1p-9, 0].enumerated() {
      let elements = 16 * place..<16 * place + 16
      #expect(small.squares(bytes.span.bytes, elements: elements) == scale * scale * all)
      let one = small.squares(
        bytes.span.bytes, elements: 16 * place + 14..<16 * place + 15)
      #expect(one == 4 * scale * scale)
    }
  }

  @Test func codebooksAndIntegersHaveNoSteps() throws {
    for dtype in [DType.iq4_nl, .iq1_s, .iq2_xxs, .iq3_s, .i8, .i64, .bool, .c64] {
      #expect(BlockGrid(dtype) == nil && dtype.floatFormat == nil, "\(dtype)")
    }
  }

  // MARK: - Tensors

  /// Rows of a permuted tensor in parts add up to the whole, and float tensors to the sum over their
  /// values.
  @Test func partsOfATensorAddUp() throws {
    for name in ["base-q8_0", "base-f16", "base-f32", "base-bf16"] {
      let checkpoint = try Checkpoint(path: Fixtures.path("series/llama-gguf/\(name).gguf"))
      for tensor in checkpoint.tensors where tensor.name.contains("blk.1") {
        guard case .squares(let whole) = try checkpoint.roundingSteps(of: tensor) else {
          Issue.record("\(name) \(tensor.name) has no steps")
          continue
        }
        var sum = 0.0
        for start in stride(from: 0, to: tensor.elementCount, by: 1000) {
          let part = start..<min(tensor.elementCount, start + 1000)
          guard
            case .squares(let squares) = try checkpoint.roundingSteps(of: tensor, elements: part)
          else { continue }
          sum += squares
        }
        #expect(whole > 0 && abs(whole - sum) <= 1e-12 * whole, "\(name) \(tensor.name)")
      }
    }
  }

  // MARK: - Packed weights

  private static func open(_ name: String) throws -> PackedWeights {
    let folder = Fixtures.path("golden/packed/\(name)")
    let checkpoint = try Checkpoint(path: "\(folder)/model.safetensors")
    return try #require(try PackedWeights(checkpoint), "\(name)")
  }

  /// Every value of a packed weight is a whole number of its steps, and of no larger ones.
  @Test func packedValuesAreWholeNumbersOfSteps() throws {
    let cases = try Golden.document("packed/cases.json")["cases"]?.array?.compactMap(\.string) ?? []
    var count = 0
    for name in cases where !name.hasPrefix("nf4") && !name.hasPrefix("fp4") {
      let packed = try Self.open(name)
      for weight in packed.tensors where packed.parts(of: weight) != nil {
        let values = try packed.values(of: weight)
        var whole = 0.0
        var units: [Double: Int] = [:]
        for (element, value) in values.enumerated() {
          guard
            case .squares(let squares) = try packed.roundingSteps(
              of: weight, elements: element..<element + 1)
          else { throw Missing() }
          whole += squares
          guard value.isFinite else { continue }
          let place = squares == 0 ? 0 : Double(value) / squares.squareRoot()
          #expect(abs(place - place.rounded()) < 1e-3, "\(name) \(weight.name) \(element)")
          units[squares] = Self.divisor(Int(abs(place.rounded())), units[squares] ?? 0)
        }
        guard case .squares(let all) = try packed.roundingSteps(of: weight) else { throw Missing() }
        #expect(
          abs(all - whole) <= 1e-12 * whole && whole > 0,
          "\(name) \(weight.name): \(all), by elements \(whole)")
        // A group of one or two values may have a divisor by chance.
        let ones = units.values.count { $0 == 1 }
        #expect(ones > units.count / 2, "\(name) \(weight.name): \(units)")
        count += 1
      }
    }
    #expect(count >= 33)
  }

  private struct Missing: Error {}

  @Test func fourBitFloatsOfBitsAndBytesHaveTheStepsOfTheirTable() throws {
    let packed = try Self.open("fp4")
    let weight = try #require(
      packed.tensors.first { packed.parts(of: $0) != nil && $0.elementCount >= 32 })
    let map = try #require(packed.checkpoint.tensor(named: "\(weight.name).quant_map"))
    let scale = try packed.checkpoint.values(
      of: try #require(packed.checkpoint.tensor(named: "\(weight.name).absmax")))[0]
    let table = Set(try packed.checkpoint.values(of: map).map(abs)).sorted()
    for (element, value) in try packed.values(of: weight, elements: 0..<32).enumerated() {
      let place = try #require(table.firstIndex { abs($0 * scale - abs(value)) < 1e-6 * scale })
      let lower = min(place, table.count - 2)
      let step = Double((table[lower + 1] - table[lower]) * scale)
      let found = try packed.roundingSteps(of: weight, elements: element..<element + 1)
      guard case .squares(let squares) = found else { throw Missing() }
      #expect(abs(squares - step * step) < 1e-6 * step * step, "\(element)")
    }
    let normal = try Self.open("nf4")
    let other = try #require(normal.tensors.first { normal.parts(of: $0) != nil })
    #expect(try normal.roundingSteps(of: other) == .unknown(reason: "NF4 rounds to a codebook"))
  }

  @Test func sumsOfABaseAndAnAdapterAreNotRounded() throws {
    let model = try ModelSource(
      argument: Fixtures.path("golden/peft/base-llama") + "+" + Fixtures.path("golden/peft/lora"))
    let changed = try #require(
      model.tensors.first { tensor in
        if case .unknown = try? model.roundingSteps(of: tensor) { true } else { false }
      })
    #expect(changed.dtype == .f32)
    #expect(
      try model.roundingSteps(of: changed)
        == .unknown(reason: "computed from a base and an adapter"))
    let embedding = try #require(model.tensors.first { $0.role?.component == .token_embd })
    guard case .squares(let squares) = try model.roundingSteps(of: embedding) else {
      throw Missing()
    }
    #expect(squares > 0)
  }
}
