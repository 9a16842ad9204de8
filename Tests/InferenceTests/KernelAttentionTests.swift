import CKernels
import Foundation
import Testing

@testable import Inference

/// Attention against its scalar twin, bit for bit, and against f64.
struct KernelAttentionTests {
  /// Rows that attend to seeded keys and values.
  struct Case: CustomTestStringConvertible {
    var operand: Operand
    var seed: Int
    var isBroken = false
    var testDescription: String { "\(operand) \(seed)\(isBroken ? " with NaN" : "")" }
  }

  static let cases = [Operand.f32, .bf16].flatMap { operand in
    (1...25).map { Case(operand: operand, seed: $0) }
      + (1...15).map { Case(operand: operand, seed: $0, isBroken: true) }
  }

  /// The numbers of a case.
  struct Problem {
    var call: AttentionCall
    var rows: Int
    var positions: [Int32]
    var keys: FloatBuffer
    var values: FloatBuffer

    init(_ test: Case) {
      var numbers = KernelValues(seed: test.seed)
      let (d, capacity) = (numbers.number(1...100), numbers.number(1...200))
      let (isCausal, keyCount) = (numbers.number(0...1) == 0, numbers.number(1...capacity))
      rows = numbers.number(1...30)
      let last = isCausal ? capacity : keyCount
      positions = (0..<rows).map { _ in Int32(numbers.number(0...last - 1)) }
      keys = KernelValues.buffer(numbers.floats(capacity * d))
      values = KernelValues.buffer(numbers.floats(capacity * d))
      if test.isBroken {
        for value in [Float.nan, .infinity, -.infinity] {
          values[numbers.number(0...capacity * d - 1)] = value
          keys[numbers.number(0...capacity * d - 1)] = value
        }
      }
      let hasBias = numbers.number(0...1) == 0
      call = AttentionCall(
        operand: test.operand, d: d, scale: numbers.number(0...4) == 0 ? -0.7 : 0.7,
        softCap: numbers.number(0...2) == 0 ? 2.5 : nil,
        window: numbers.number(0...2) == 0 ? numbers.number(1...60) : nil, isCausal: isCausal,
        keyCount: keyCount, capacity: capacity, keys: ByteBuffer(byteCount: 0),
        values: ByteBuffer(byteCount: 0),
        queries: KernelValues.buffer(numbers.floats(rows * d + 1).map { 3 * $0 }),
        output: FloatBuffer(count: rows * d + 1),
        bias: hasBias ? KernelValues.buffer(numbers.floats(rows * capacity)) : nil)
    }

    /// What the rows of a range get from a kernel set; keys and values come in two pieces.
    func output(_ kernels: Kernels, rows range: Range<Int>) -> FloatBuffer {
      let (d, capacity) = (call.d, call.capacity)
      var call = call
      call.keys = ByteBuffer(
        byteCount: Kernels.keyByteCount(call.operand, capacity: capacity, d: d))
      call.values = ByteBuffer(
        byteCount: Kernels.valueByteCount(call.operand, capacity: capacity, d: d))
      call.output = FloatBuffer(count: rows * d + 1)
      for piece in [0..<capacity / 3, capacity / 3..<capacity] {
        kernels.appendKeys(
          call.operand, .init(buffer: keys, offset: piece.lowerBound * d, stride: d),
          m: piece.count, d: d, into: call.keys, position: piece.lowerBound)
        kernels.appendValues(
          call.operand, .init(buffer: values, offset: piece.lowerBound * d, stride: d),
          m: piece.count, d: d, into: call.values, capacity: capacity,
          position: piece.lowerBound)
      }
      attend(kernels, call, rows: range)
      return call.output
    }

    func attend(_ kernels: Kernels, _ call: AttentionCall, rows range: Range<Int>) {
      // Odd offsets, for no address may matter.
      let offsets = range.map { Int32($0 * call.d + 1) }
      let biasOffsets = call.bias == nil ? [] : range.map { Int32($0 * call.capacity) }
      let positions = Array(self.positions[range])
      var scratch = AttentionScratch()
      kernels.attend(
        call, offsets: offsets.span, positions: positions.span,
        biasOffsets: biasOffsets.span, scratch: &scratch)
    }

    /// The keys that a row sees.
    func visible(_ row: Int) -> Range<Int> {
      let position = Int(positions[row])
      let end = call.isCausal ? position + 1 : call.keyCount
      return (call.window.map { max(0, position + 1 - $0) } ?? 0)..<end
    }

    /// Element `column` of a row's result in f64, of inputs as the operand holds them.
    func exact(_ row: Int) -> [Double] {
      func input(_ value: Float) -> Double {
        Double(call.operand == .bf16 ? KernelValues.bf16(value) : value)
      }
      let d = call.d
      let keys = visible(row)
      let scores = keys.map { key -> Double in
        var score = (0..<d).reduce(0.0) {
          $0 + input(call.queries[row * d + 1 + $1]) * input(self.keys[key * d + $1])
        }
        score *= Double(call.scale)
        if let cap = call.softCap.map(Double.init) { score = tanh(score / cap) * cap }
        if let bias = call.bias { score += Double(bias[row * call.capacity + key]) }
        return score
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      return (0..<d).map { column in
        zip(keys, weights).reduce(0.0) { $0 + $1.1 / sum * input(values[$1.0 * d + column]) }
      }
    }
  }

  @Test(arguments: cases)
  func `attention equals its scalar twin, and a row alone, in every bit`(_ test: Case) {
    let problem = Problem(test)
    let scalar = KernelValues.bits(
      problem.output(Kernels.available[0], rows: 0..<problem.rows))
    for kernels in Kernels.available {
      let whole = KernelValues.bits(problem.output(kernels, rows: 0..<problem.rows))
      #expect(whole == scalar, "\(kernels.name)")
      for row in 0..<problem.rows {
        let alone = KernelValues.bits(problem.output(kernels, rows: row..<row + 1))
        let place = row * problem.call.d + 1..<(row + 1) * problem.call.d + 1
        #expect(alone[place] == whole[place], "\(kernels.name) row \(row)")
      }
    }
  }

  @Test(arguments: cases.filter { !$0.isBroken })
  func `attention equals f64 closely`(_ test: Case) {
    let problem = Problem(test)
    let output = problem.output(Kernels.best, rows: 0..<problem.rows)
    for row in 0..<problem.rows {
      for (column, exact) in problem.exact(row).enumerated() {
        // Weights of bf16 are off by 2^-9 at most, f32 by the exponential and the sums.
        let allowed = test.operand == .bf16 ? 0x1p-8 : 1e-5
        #expect(abs(Double(output[row * problem.call.d + 1 + column]) - exact) <= allowed)
      }
    }
  }

  @Test(arguments: [Operand.f32, .bf16])
  func `values that are not finite reach the rows that see them and no other`(_ operand: Operand) {
    // At an even and an odd position, for bf16 goes in pairs.
    for further in 0...1 {
      var problem = Problem(Case(operand: operand, seed: 3))
      problem.call.isCausal = true
      problem.call.window = nil
      let d = problem.call.d
      let middle = problem.call.capacity / 2 + further
      problem.positions = (0..<problem.rows).map { Int32($0 % 2 == 0 ? middle - 1 : middle) }
      for column in 0..<d { problem.values[middle * d + column] = .nan }
      for kernels in Kernels.available {
        let output = problem.output(kernels, rows: 0..<problem.rows)
        for index in 1..<output.count {
          #expect(output[index].isNaN == ((index - 1) / d % 2 == 1))
        }
      }
    }
  }

  @Test func `a sum that underflows to -0 is the same zero alone and beside others`() {
    // 32 keys fill a panel, so that nothing stands behind the last one of the first row alone.
    var problem = Problem(Case(operand: .f32, seed: 1))
    problem.rows = 2
    problem.positions = [31, 32]
    problem.keys = KernelValues.buffer([Float](repeating: 0, count: 31) + [-1, 0])
    problem.values = KernelValues.buffer(
      [Float](repeating: -0.0, count: 31) + [-.leastNonzeroMagnitude, 1])
    problem.call = AttentionCall(
      operand: .f32, d: 1, scale: 1, isCausal: true, keyCount: 33, capacity: 33,
      keys: problem.call.keys, values: problem.call.values,
      queries: KernelValues.buffer([0, 1, 1]), output: FloatBuffer(count: 3))
    for kernels in Kernels.available {
      #expect(problem.output(kernels, rows: 0..<1)[1].bitPattern == 0)
      #expect(problem.output(kernels, rows: 0..<2)[1].bitPattern == 0)
    }
  }

  @Test(arguments: [Operand.f32, .bf16])
  func `what lies behind the last key that is seen does not matter`(_ operand: Operand) {
    func problem() -> Problem {
      var problem = Problem(Case(operand: operand, seed: 8))
      problem.call.isCausal = true
      let last = Int32(problem.call.capacity / 2)
      problem.positions = problem.positions.map { min($0, last) }
      return problem
    }
    let (clean, stale) = (problem(), problem())
    let (d, capacity) = (clean.call.d, clean.call.capacity)
    for index in (capacity / 2 + 1) * d..<capacity * d {
      stale.keys[index] = [Float.nan, .infinity, 7][index % 3]
      stale.values[index] = [Float.nan, .infinity, 7][index % 3]
    }
    for kernels in Kernels.available {
      let expected = KernelValues.bits(clean.output(kernels, rows: 0..<clean.rows))
      let output = KernelValues.bits(stale.output(kernels, rows: 0..<stale.rows))
      #expect(output == expected, "\(kernels.name)")
    }
  }
}
