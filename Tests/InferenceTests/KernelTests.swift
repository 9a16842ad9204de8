import CKernels
import Foundation
import Testing

@testable import Inference

/// Every kernel set against its scalar twin, bit for bit, and against plain f64 arithmetic.
struct KernelTests {
  /// Values of ordinary size, reproducible from a seed.
  private static func values(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  private static let odd: [Float] = [
    .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0, -0, 3e38, -3e38,
  ]

  private static func buffer(_ values: [Float]) -> FloatBuffer {
    let buffer = FloatBuffer(count: values.count)
    for (index, value) in values.enumerated() { buffer[index] = value }
    return buffer
  }

  private static func bits(_ buffer: FloatBuffer) -> [UInt32] {
    (0..<buffer.count).map { buffer[$0].isNaN ? UInt32.max : buffer[$0].bitPattern }
  }

  struct Function: CustomTestStringConvertible {
    var name: String
    var kernel: lethe_activation
    var exact: @Sendable (Double) -> Double
    var bounds: ClosedRange<Float>
    var limit: Double
    var edges: [Float]
    var testDescription: String { name }
  }

  /// The functions that all others are made of, with the errors that the header states.
  static let functions = [
    Function(
      name: "exp", kernel: LETHE_EXP, exact: { exp($0) }, bounds: -87.2...88.7,
      limit: LETHE_EXP_RELATIVE_ERROR, edges: [0, 0, 1, .infinity, .infinity]),
    Function(
      name: "tanh", kernel: LETHE_TANH, exact: { tanh($0) }, bounds: -12...12,
      limit: LETHE_TANH_RELATIVE_ERROR, edges: [-1, -1, 0, 1, 1]),
    Function(
      name: "erf", kernel: LETHE_ERF, exact: { erf($0) }, bounds: -6...6,
      limit: LETHE_ERF_RELATIVE_ERROR, edges: [-1, -1, 0, 1, 1]),
  ]

  @Test(arguments: functions)
  func `a function is as close to f64 as stated`(_ function: Function) {
    let step = (function.bounds.upperBound - function.bounds.lowerBound) / 40_001
    let inputs =
      stride(
        from: function.bounds.lowerBound, through: function.bounds.upperBound, by: step
      ).filter { $0 != 0 } + [1e-30, -1e-6]
    let output = Self.buffer(inputs)
    Kernels.best.activate(output, function.kernel, n: inputs.count)
    let worst = inputs.indices.map { index in
      let exact = function.exact(Double(inputs[index]))
      return abs(Double(output[index]) - exact) / abs(exact)
    }.max()
    #expect(worst.map { $0 < function.limit } == true, "\(worst ?? .nan)")
    let edges = Self.buffer([-.infinity, -200, 0, 200, .infinity, .nan])
    Kernels.best.activate(edges, function.kernel, n: 6)
    #expect((0..<5).map { edges[$0] } == function.edges)
    #expect(edges[5].isNaN)
  }

  @Test func `activations equal f64 closely`() {
    func tanhCubed(_ x: Double) -> Double {
      tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))
    }
    let functions: [(Activation, (Double) -> Double)] = [
      (.silu, { $0 / (1 + exp(-$0)) }),
      (.gelu, { $0 * (1 + erf($0 / 2.0.squareRoot())) / 2 }),
      (.geluTanh, { $0 * (1 + tanhCubed($0)) / 2 }),
      (.relu, { max($0, 0) }),
      (.sigmoid, { 1 / (1 + exp(-$0)) }),
    ]
    let inputs = Self.values(2000, seed: 13).map { $0 * 12 } + [0, -30, 30, -100, 100]
    for (activation, function) in functions {
      let output = Self.buffer(inputs)
      Kernels.best.activate(output, activation.kernel, n: inputs.count)
      for (index, input) in inputs.enumerated() {
        let exact = function(Double(input))
        // Where 1 + erf or 1 + tanh all but vanishes, half a unit of 1 is left of it.
        let allowed = 1e-6 * max(abs(exact), 0.2 * abs(Double(input)))
        #expect(abs(Double(output[index]) - exact) <= allowed)
      }
    }
  }

  @Test(arguments: [1, 7, 8, 9, 31, 640, 1001])
  func `operations on rows equal their scalar twins in every bit`(_ count: Int) {
    var values = Self.values(count, seed: UInt64(count)).map { $0 * 20 }
    values[count / 2] = count > 8 ? -.infinity : values[count / 2]
    let weight = Self.buffer(Self.values(count, seed: 11))
    func results(_ kernels: Kernels) -> [[UInt32]] {
      let normed = FloatBuffer(count: count)
      kernels.rmsNorm(
        .init(buffer: Self.buffer(Self.values(count, seed: 8)), stride: count), weight: weight,
        epsilon: 1e-5, m: 1, n: count, output: .init(buffer: normed, stride: count))
      let soft = Self.buffer(values)
      kernels.softmax(soft, at: 0, n: count)
      let layerNormed = FloatBuffer(count: count)
      kernels.layerNorm(
        .init(buffer: Self.buffer(Self.values(count, seed: 8)), stride: count), weight: weight,
        bias: soft, epsilon: 1e-5, m: 1, n: count,
        output: .init(buffer: layerNormed, stride: count))
      let functions: [lethe_activation] = [
        LETHE_SILU, LETHE_GELU, LETHE_GELU_TANH, LETHE_RELU, LETHE_SIGMOID,
        LETHE_TANH, LETHE_ERF, LETHE_EXP,
      ]
      let activated = functions.map { function in
        let output = Self.buffer(values.map { $0 / 4 } + Self.odd)
        kernels.activate(output, function, n: output.count)
        return output
      }
      let capped = Self.buffer(values)
      kernels.softCap(capped, 30, n: count)
      let clipped = Self.buffer(values + Self.odd)
      kernels.clip(clipped, to: 5, n: clipped.count)
      let sum = Self.buffer(values)
      kernels.add(sum, weight, n: count)
      kernels.scale(sum, by: 0.3, n: count)
      return ([normed, soft, layerNormed, capped, clipped, sum] + activated).map(Self.bits)
    }
    let scalar = results(Kernels.available[0])
    for kernels in Kernels.available { #expect(results(kernels) == scalar, "\(kernels.name)") }
  }

  @Test func `softmax equals f64 closely`() {
    let values = Self.values(643, seed: 9).map { $0 * 30 }
    let exact = log(values.reduce(0.0) { $0 + exp(Double($1)) })
    let soft = Self.buffer(values)
    Kernels.best.softmax(soft, at: 0, n: 643)
    for index in values.indices {
      let expected = exp(Double(values[index]) - exact)
      // The distance to the largest, up to 60, is rounded to f32: half a unit there is 1.9e-6.
      #expect(abs(Double(soft[index]) - expected) <= 3e-6 * expected)
    }
  }

  @Test func `layer norm and soft cap equal f64 closely`() {
    let count = 301
    let values = Self.values(count, seed: 14).map { $0 * 3 + 100 }
    let weight = Self.values(count, seed: 15)
    let bias = Self.values(count, seed: 16)
    let output = FloatBuffer(count: count)
    Kernels.best.layerNorm(
      .init(buffer: Self.buffer(values), stride: count), weight: Self.buffer(weight),
      bias: Self.buffer(bias), epsilon: 1e-5, m: 1, n: count,
      output: .init(buffer: output, stride: count))
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
    let variance =
      values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    let capped = Self.buffer(values)
    Kernels.best.softCap(capped, 50, n: count)
    for index in 0..<count {
      let normal = (Double(values[index]) - mean) / (variance + 1e-5).squareRoot()
      let exact = normal * Double(weight[index]) + Double(bias[index])
      #expect(abs(Double(output[index]) - exact) <= 1e-6)
      #expect(abs(Double(capped[index]) - 50 * tanh(Double(values[index]) / 50)) <= 2e-5)
    }
  }

  @Test func `rotation turns pairs by their angle`() {
    for kernels in Kernels.available {
      let row = Self.buffer([1, 2, 3, 4, 5, 6, 7, 8])
      let cosines = Self.buffer([0.5, 0.25])
      let sines = Self.buffer([2, 4])
      kernels.rotateHalves(
        row, at: 0, heads: 2, headStride: 4, half: 2, cosines: cosines, sines: sines, angle: 0)
      let expected: [Float] = [
        1 * 0.5 - 3 * 2, 2 * 0.25 - 4 * 4, 3 * 0.5 + 1 * 2, 4 * 0.25 + 2 * 4,
        5 * 0.5 - 7 * 2, 6 * 0.25 - 8 * 4, 7 * 0.5 + 5 * 2, 8 * 0.25 + 6 * 4,
      ]
      #expect((0..<8).map { row[$0] } == expected)
      let part = Self.buffer([1, 2, 3, 4, 5, 6, 7, 8])
      kernels.rotateHalves(
        part, at: 0, heads: 2, headStride: 4, half: 1, cosines: cosines, sines: sines, angle: 0)
      let turned: [Float] = [1 * 0.5 - 2 * 2, 2 * 0.5 + 1 * 2, 3, 4]
      #expect((0..<4).map { part[$0] } == turned)
    }
  }
}
