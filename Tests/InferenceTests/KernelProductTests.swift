import CKernels
import Testing

@testable import Inference

/// Products of packed operands against their scalar twins, bit for bit, and against f64.
struct KernelProductTests {
  /// A product of seeded matrices whose rows lie at odd addresses.
  struct Case: CustomTestStringConvertible {
    var operand: Operand
    var m, n, k: Int
    var kind = KernelValues.Kind.ordinary
    /// The row of the packed activations that the first one becomes.
    var first = 0
    var testDescription: String { "\(operand) \(kind) \(m) x \(n) x \(k) from \(first)" }

    var stride: Int { k + 3 }

    var activations: [Float] {
      var values = KernelValues(seed: m * 1000 + k)
      return values.floats(m * stride, kind)
    }

    var weights: [Float] {
      var values = KernelValues(seed: n * 1000 + k + 7)
      return values.floats(n * stride, kind)
    }

    func product(_ kernels: Kernels) -> FloatBuffer {
      let packed = ByteBuffer(
        byteCount: Kernels.activationByteCount(operand, m: first + m, k: k))
      kernels.packActivations(
        operand,
        .init(buffer: KernelValues.buffer(activations, behind: 1), offset: 1, stride: stride), m: m,
        k: k, into: packed, first: first)
      return multiplied(kernels, packed, rows: first..<first + m)
    }

    func panels(_ kernels: Kernels) -> ByteBuffer {
      let panels = ByteBuffer(
        byteCount: Kernels.panelCount(n: n) * Kernels.panelByteCount(operand, k: k))
      kernels.packWeights(
        operand, .init(buffer: KernelValues.buffer(weights, behind: 3), offset: 3, stride: stride),
        n: n, k: k, into: panels, first: 0)
      return panels
    }

    func multiplied(_ kernels: Kernels, _ packed: ByteBuffer, rows: Range<Int>) -> FloatBuffer {
      let output = FloatBuffer(count: rows.count * n)
      kernels.product(
        operand, packed, rows: rows, panels: panels(kernels),
        panelRange: 0..<Kernels.panelCount(n: n), n: n, k: k,
        output: .init(buffer: output, stride: n))
      return output
    }
  }

  static let cases: [Case] = {
    var values = KernelValues(seed: 1)
    var cases: [Case] = []
    for operand in Operand.allCases {
      for kind in KernelValues.Kind.allCases {
        for m in 1...30 {
          cases.append(
            Case(
              operand: operand, m: m, n: values.number(1...70), k: values.number(1...150),
              kind: kind, first: Kernels.rowBlock * values.number(0...2)))
        }
      }
      cases.append(Case(operand: operand, m: 50, n: 40, k: 3001))
    }
    return cases
  }()

  @Test(arguments: cases)
  func `a product equals its scalar twin in every bit`(_ test: Case) {
    let scalar = KernelValues.bits(test.product(Kernels.available[0]))
    for kernels in Kernels.available.dropFirst() {
      #expect(KernelValues.bits(test.product(kernels)) == scalar, "\(kernels.name)")
    }
  }

  /// How far a product may be from f64, for rows of activations and weights.
  private static func allowed(_ operand: Operand, _ a: [Float], _ w: [Float]) -> Double {
    let sum = zip(a, w).reduce(0.0) { $0 + Double(abs($1.0 * $1.1)) }
    let rounding = 1e-6 * sum + 1e-6
    guard operand == .int8 else { return rounding }
    // Half a step of both scales, run by run.
    return stride(from: 0, to: a.count, by: 32).reduce(rounding) { total, start in
      let run = start..<min(start + 32, a.count)
      let aStep = Double(a[run].map(abs).max() ?? 0) / 254
      let wStep = Double(w[run].map(abs).max() ?? 0) / 254
      return total
        + run.reduce(0.0) {
          $0 + Double(abs(a[$1])) * wStep + Double(abs(w[$1])) * aStep + aStep * wStep
        } * 1.0001
    }
  }

  @Test(arguments: cases.filter { $0.kind == .ordinary && $0.m % 5 == 0 })
  func `a product is as close to f64 as its operand allows`(_ test: Case) {
    let (activations, weights) = (test.activations, test.weights)
    let output = test.product(Kernels.best)
    for row in 0..<test.m {
      var a = Array(activations[row * test.stride..<row * test.stride + test.k])
      if test.operand == .bf16 { a = a.map(KernelValues.bf16) }
      for column in 0..<test.n {
        var w = Array(weights[column * test.stride..<column * test.stride + test.k])
        if test.operand == .bf16 { w = w.map(KernelValues.bf16) }
        let exact = zip(a, w).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let distance = abs(Double(output[row * test.n + column]) - exact)
        #expect(distance <= Self.allowed(test.operand, a, w))
      }
    }
  }

  @Test func `a bf16 sum is flushed where it is tiny before it loses bits`() {
    // 2^-126 - 2^-150 is below the normal numbers and rounds to the least of them; 2^-126 - 2^-152
    // rounds there in any case.
    for (exponent, expected) in [(-75, Float(0)), (-76, Float.leastNormalMagnitude)] {
      let small = Float(sign: .plus, exponent: exponent, significand: 1)
      let a = KernelValues.buffer([small, 0x1p-63])
      let w = KernelValues.buffer([-small, 0x1p-63])
      for kernels in Kernels.available {
        let packed = ByteBuffer(byteCount: Kernels.activationByteCount(.bf16, m: 1, k: 2))
        let panels = ByteBuffer(byteCount: Kernels.panelByteCount(.bf16, k: 2))
        let output = FloatBuffer(count: 1)
        kernels.packActivations(
          .bf16, .init(buffer: a, stride: 2), m: 1, k: 2, into: packed, first: 0)
        kernels.packWeights(.bf16, .init(buffer: w, stride: 2), n: 1, k: 2, into: panels, first: 0)
        kernels.product(
          .bf16, packed, rows: 0..<1, panels: panels, panelRange: 0..<1, n: 1, k: 2,
          output: .init(buffer: output, stride: 1))
        #expect(output[0] == expected, "\(kernels.name)")
      }
    }
  }

  @Test(arguments: Operand.allCases)
  func `a row does not depend on the rows beside it`(_ operand: Operand) {
    let test = Case(operand: operand, m: 29, n: 70, k: 97)
    let activations = KernelValues.buffer(test.activations)
    for kernels in Kernels.available {
      let whole = KernelValues.bits(test.product(kernels))
      for row in 0..<test.m {
        let packed = ByteBuffer(byteCount: Kernels.activationByteCount(operand, m: 13, k: test.k))
        kernels.packActivations(
          operand, .init(buffer: activations, offset: row * test.stride, stride: test.stride),
          m: 1, k: test.k, into: packed, first: 12)
        let alone = test.multiplied(kernels, packed, rows: 12..<13)
        #expect(KernelValues.bits(alone) == Array(whole[row * test.n..<(row + 1) * test.n]))
      }
    }
  }

  @Test(arguments: Operand.allCases)
  func `rows and panels may be multiplied piece by piece`(_ operand: Operand) {
    let test = Case(operand: operand, m: 40, n: 150, k: 65)
    let whole = KernelValues.bits(test.product(Kernels.best))
    let packed = ByteBuffer(byteCount: Kernels.activationByteCount(operand, m: test.m, k: test.k))
    Kernels.best.packActivations(
      operand, .init(buffer: KernelValues.buffer(test.activations), stride: test.stride),
      m: test.m, k: test.k, into: packed, first: 0)
    let panels = test.panels(Kernels.best)
    let output = FloatBuffer(count: test.m * test.n)
    for rows in [0..<24, 24..<36, 36..<40] {
      for range in [0..<1, 1..<4, 4..<5] {
        Kernels.best.product(
          operand, packed, rows: rows, panels: panels, panelRange: range, n: test.n, k: test.k,
          output: .init(
            buffer: output, offset: rows.lowerBound * test.n + 32 * range.lowerBound,
            stride: test.n))
      }
    }
    #expect(KernelValues.bits(output) == whole)
  }

  /// The bytes of a buffer.
  private static func bytes(_ buffer: ByteBuffer) -> [UInt8] {
    unsafe Array(
      UnsafeRawBufferPointer(
        start: buffer.pointer(at: 0, needed: buffer.byteCount), count: buffer.byteCount))
  }

  @Test(arguments: Operand.allCases)
  func `packing piece by piece equals packing at once`(_ operand: Operand) {
    let test = Case(operand: operand, m: 1, n: 70, k: 45)
    let rows = KernelValues.buffer(test.weights)
    let whole = Self.bytes(
      {
        let panels = ByteBuffer(byteCount: 3 * Kernels.panelByteCount(operand, k: test.k))
        Kernels.available[0].packWeights(
          operand, .init(buffer: rows, stride: test.stride), n: test.n, k: test.k, into: panels,
          first: 0)
        return panels
      }())
    for kernels in Kernels.available {
      let pieces = ByteBuffer(byteCount: whole.count)
      for (first, count) in [(0, 33), (33, 1), (34, 36)] {
        kernels.packWeights(
          operand, .init(buffer: rows, offset: first * test.stride, stride: test.stride),
          n: count, k: test.k, into: pieces, first: first)
      }
      #expect(Self.bytes(pieces) == whole, "\(kernels.name)")
    }
  }

  @Test(arguments: Operand.allCases, HalfFormat.allCases)
  func `weights of 16 bits are packed as their values in f32`(
    _ operand: Operand, _ format: HalfFormat
  ) {
    let (n, k) = (61, 301)
    var values = KernelValues(seed: 5)
    let numbers = values.floats(n * k)
    let halves: [UInt16] = numbers.map {
      format == .bf16 ? UInt16($0.bitPattern >> 16) : Float16($0).bitPattern
    }
    let widened: [Float] = halves.map {
      format == .bf16 ? Float(bitPattern: UInt32($0) << 16) : Float(Float16(bitPattern: $0))
    }
    let byteCount = Kernels.panelCount(n: n) * Kernels.panelByteCount(operand, k: k)
    let expected = ByteBuffer(byteCount: byteCount)
    Kernels.best.packWeights(
      operand, .init(buffer: KernelValues.buffer(widened), stride: k), n: n, k: k, into: expected,
      first: 0)
    // One byte off, so that no number lies where processors like it.
    let bytes = halves.flatMap { half -> [UInt8] in
      [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)]
    }
    let raw: [UInt8] = [0] + bytes
    for kernels in Kernels.available {
      let panels = ByteBuffer(byteCount: byteCount)
      unsafe raw.withUnsafeBytes { raw in
        guard let start = raw.baseAddress else { return }
        for (first, count) in [(0, 35), (35, 26)] {
          unsafe kernels.packWeights(
            operand, halves: start + 1 + first * k * 2, format, n: count, k: k, into: panels,
            first: first)
        }
      }
      #expect(Self.bytes(panels) == Self.bytes(expected), "\(kernels.name)")
    }
  }

  @Test func `int8 weights of a block type come back as they were`() {
    // Codes of -127...127 that reach an end, times a scale: what Q8_0 holds.
    let k = 64
    var values = KernelValues(seed: 9)
    let scales: [Float] = [0.013, 2.5]
    let weights = (0..<k).map { index -> Float in
      index % 32 == 3
        ? scales[index / 32] * 127 : scales[index / 32] * Float(values.number(-127...127))
    }
    for index in 0..<k {
      let test = (0..<k).map { $0 == index ? Float(127) : 0 }
      let panels = ByteBuffer(byteCount: Kernels.panelByteCount(.int8, k: k))
      let packed = ByteBuffer(byteCount: Kernels.activationByteCount(.int8, m: 1, k: k))
      Kernels.best.packWeights(
        .int8, .init(buffer: KernelValues.buffer(weights), stride: k), n: 1, k: k, into: panels,
        first: 0)
      Kernels.best.packActivations(
        .int8, .init(buffer: KernelValues.buffer(test), stride: k), m: 1, k: k, into: packed,
        first: 0)
      let output = FloatBuffer(count: 1)
      Kernels.best.product(
        .int8, packed, rows: 0..<1, panels: panels, panelRange: 0..<1, n: 1, k: k,
        output: .init(buffer: output, stride: 1))
      #expect(abs(output[0] - 127 * weights[index]) <= 1e-6 * abs(127 * weights[index]))
    }
  }

  @Test(arguments: Operand.allCases)
  func `a row with NaN or an infinity shows it, and no other row does`(_ operand: Operand) {
    for value in [Float.nan, .infinity] {
      let test = Case(operand: operand, m: 14, n: 33, k: 40)
      var activations = test.activations
      activations[3 * test.stride + 39] = value
      for kernels in Kernels.available {
        let packed = ByteBuffer(
          byteCount: Kernels.activationByteCount(operand, m: test.m, k: test.k))
        kernels.packActivations(
          operand, .init(buffer: KernelValues.buffer(activations), stride: test.stride), m: test.m,
          k: test.k, into: packed, first: 0)
        let output = test.multiplied(kernels, packed, rows: 0..<test.m)
        for index in 0..<output.count {
          #expect(output[index].isFinite == (index / test.n != 3))
        }
      }
    }
  }

  @Test(arguments: Operand.allCases)
  func `the measured peak is one that a processor can have`(_ operand: Operand) {
    for kernels in Kernels.available {
      let peak = kernels.peak(operand, seconds: 0.001)
      #expect(peak > 1e8 && peak < 1e13)
    }
  }
}
